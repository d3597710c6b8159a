/** Parts of a stack that are backed up, in the order of output. */
export const partNames = ["etcd", "state", "registry", "volumes"] as const;
export type PartName = (typeof partNames)[number];

/** Where backups go; credentials are names of the stack's secrets. */
export type Target = { name: string } & (S3Target | SftpTarget);

/** A bucket of a server that speaks S3. */
export interface S3Target {
  /** Discriminates it from an SFTP target. */
  kind: "s3";
  /** `https://s3.example`, without a path. */
  endpoint: string;
  /** Name of the bucket. */
  bucket: string;
  /** Region of the bucket: `us-east-1`. */
  region: string;
  /** Name of the secret with the access key's id. */
  accessKey: string;
  /** Name of the secret with the secret access key. */
  secretKey: string;
}

/** A folder of a machine that is reached by SSH. */
export interface SftpTarget {
  /** Discriminates it from an S3 target. */
  kind: "sftp";
  /** Address or name of the machine. */
  address: string;
  /** Port of its SSH server. */
  port: number;
  /** User who logs in there. */
  user: string;
  /** Name of the secret with the private key. */
  key: string;
  /** Its public host key as `ssh-keyscan` prints it: `ssh-ed25519 AAAA…`. */
  hostKey: string;
  /** Absolute path of the folder. */
  path: string;
}

/** Retention: keeps the newest snapshot of each of the last n hours, days, weeks and months. */
export interface Keep {
  /** Number of hours of which the newest snapshot is kept. @default none */
  hourly?: number | undefined;
  /** Number of days of which the newest snapshot is kept. @default none */
  daily?: number | undefined;
  /** Number of weeks of which the newest snapshot is kept. @default none */
  weekly?: number | undefined;
  /** Number of months of which the newest snapshot is kept. @default none */
  monthly?: number | undefined;
}

/** How one part of a stack's state is backed up. Plain values: they decide which resources exist. */
export interface PartSpec {
  /** When it is backed up, in systemd's OnCalendar format: `hourly`, `daily`. */
  schedule: string;
  /** When a drill restores its newest snapshot and compares it, in the same format. */
  drill: string;
  /** Retention; all other snapshots are deleted after a backup. */
  keep: Keep;
  /** Where its repository is. */
  target: Target;
}

/** All backups of a stack. */
export interface BackupSpec {
  /** Name of the stack: the first part of each repository's path at its target. */
  stack: string;
  /** Name of the secret with the password of the repositories; the data of all parts is encrypted with it. */
  password: string;
  /** etcd of the cluster that the stack makes. @default left out, as `without` says, or there is none */
  etcd?: PartSpec;
  /** The engine's state of the stack, its settings and the projects'. @default left out, as `without` says */
  state?: PartSpec;
  /**
   * Data of a registry: absolute path of a `folder` of the machine that the command runs on.
   * @default left out, as `without` says, or there is none
   */
  registry?: PartSpec & { folder: string };
  /**
   * Volumes of the projects that ask for it, with the `image` that has restic, by digest.
   * @default left out, as `without` says, or there are none
   */
  volumes?: PartSpec & { image: string };
  /** Parts that are left out on purpose: part → why. */
  without: Readonly<Partial<Record<PartName, string>>>;
}

/**
 * One repository, at `<target>/<stack>/<path>`, with snapshots of one source, or of several that have a `host` each. A snapshot
 * has two paths: a file SHA256SUMS, and the data that it lists.
 */
export interface Repository {
  part: PartName;
  /** `etcd`, `state`, `registry`, `volumes/<claim>`. */
  path: string;
  spec: PartSpec;
}

/** Tags of restic's snapshots. */
export const tags = {
  /** Complete: every file was read. */
  backup: "backup",
  /** In progress or aborted: no backup; the next run deletes it. */
  unfinished: "unfinished",
  /** Result of a drill: a small `drill.json`. */
  drill: "drill",
} as const;

/** Name of the list of checksums in a snapshot, as `sha256sum` writes it; its mtime is when the first file was read. */
export const manifestName = "SHA256SUMS";

/** Result of a drill; kept in the repository as a snapshot of its own. */
export interface DrillResult {
  /** When it ended: `2026-11-21T17:02:34Z`. */
  at: string;
  /** Snapshot that was restored. */
  snapshot: string;
  files: number;
  bytes: number;
  /** Number of files that changed while they were backed up, so they have no checksum to compare. */
  moving: number;
  ok: boolean;
}

/** Reports the progress of a long step. */
export type Say = (message: string, fraction?: number) => void;

/**
 * Operations that differ between parts. Snapshots, verification, restoring into a folder and comparing checksums are the same for
 * all parts; `src/backup/` does them.
 */
export interface PartOperations {
  /** Takes a backup now, where the data is; throws a `UserError`. */
  run: (say: Say) => Promise<void>;
  /** Warnings of the machines that take the backup, a line each; never throws. */
  warnings?: () => Promise<readonly string[]>;
  /**
   * Refuses a restore in place that is not allowed, and describes what it will do. Where it needs no backup, `snapshot` is the
   * argument for `restoreInPlace` in place of a snapshot's id.
   */
  prepareInPlace?: (
    wanted: string | undefined,
  ) => Promise<{ snapshot?: string; consequences: readonly string[] }>;
  /** Restores a snapshot over the existing data, and may be run again after a kill; absent where a person has to do it. */
  restoreInPlace?: (snapshot: string, say: Say) => Promise<void>;
  /** Runs the whole drill and records its result, where the part does it itself; returns the text to print, throws a `UserError`. */
  drill?: (say: Say) => Promise<{ proof: string }>;
  /** Inspects restored data in a drill, beyond its checksums; returns the text to print, throws a `UserError`. */
  prove?: (folder: string, say: Say) => Promise<string>;
}
