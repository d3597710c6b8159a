/** What of a stack is kept off-site, in the order it is told. */
export const partNames = ["etcd", "state", "registry", "volumes"] as const;
export type PartName = (typeof partNames)[number];

/** Where backups go; what opens it are names of the stack's secrets. */
export type Target = { name: string } & (S3Target | SftpTarget);

/** A bucket of a server that speaks S3. */
export interface S3Target {
  /** What tells it from an SFTP target. */
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
  /** What tells it from an S3 target. */
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

/** How many of the snapshots stay: the newest one of each of the last so many hours, days, weeks, months. */
export interface Keep {
  /** Number of hours of which the newest snapshot stays. @default none */
  hourly?: number | undefined;
  /** Number of days of which the newest snapshot stays. @default none */
  daily?: number | undefined;
  /** Number of weeks of which the newest snapshot stays. @default none */
  weekly?: number | undefined;
  /** Number of months of which the newest snapshot stays. @default none */
  monthly?: number | undefined;
}

/** One part of a stack's state, as it is backed up. Plain values: they decide which resources exist. */
export interface PartSpec {
  /** When it is backed up, in the words of systemd's OnCalendar: `hourly`, `daily`. */
  schedule: string;
  /** When a drill restores its newest snapshot and compares it, in the same words. */
  drill: string;
  /** Which snapshots stay; all others are deleted after a backup. */
  keep: Keep;
  /** Where its repository is. */
  target: Target;
}

/** All that a stack says of its backups. */
export interface BackupSpec {
  /** Name of the stack: the first part of each repository's path at its target. */
  stack: string;
  /** Name of the secret that opens the repositories; the data of all parts is encrypted with it. */
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
 * One repository: it is at `<target>/<stack>/<path>`, and holds snapshots of one source, or of several that have a `host`
 * each. What is in a snapshot is told by its paths: that of a file SHA256SUMS, and that of the data which it lists.
 */
export interface Repository {
  part: PartName;
  /** `etcd`, `state`, `registry`, `volumes/<claim>`. */
  path: string;
  spec: PartSpec;
}

/** What `restic` calls a snapshot by, whatever machine it was taken on. */
export const tags = {
  /** Whole: every file was read. */
  backup: "backup",
  /** On its way, or given up: no backup, and the next run takes it away. */
  unfinished: "unfinished",
  /** Result of a drill: a small `drill.json`. */
  drill: "drill",
} as const;

/** Name of the list of checksums in a snapshot, as `sha256sum` writes it; its own time is when the first file was read. */
export const manifestName = "SHA256SUMS";

/** What a drill has found; kept in the repository as a snapshot of its own. */
export interface DrillResult {
  /** When it ended: `2026-11-21T17:02:34Z`. */
  at: string;
  /** Snapshot that was restored. */
  snapshot: string;
  files: number;
  bytes: number;
  /** Files that changed while they were backed up, and so have no checksum to be compared with. */
  moving: number;
  ok: boolean;
}

/** Says where a long step is. */
export type Say = (message: string, fraction?: number) => void;

/**
 * What a part has to offer besides its repository. Snapshots, verification, restoring into a folder and comparing checksums
 * are the same for all parts and done by `src/backup/`; this is what only the part itself knows.
 */
export interface PartOperations {
  /** Takes a backup now, where the data is; throws a `UserError` that says what, where and how to fix it. */
  run: (say: Say) => Promise<void>;
  /** What the machines that take it say is wrong, a line each, beside what the target shows; never throws. */
  warnings?: () => Promise<readonly string[]>;
  /**
   * Refuses at once a restore in place that must not be, and tells what it will do. Where it needs no backup, `snapshot` is
   * what `restoreInPlace` is given in place of one's id.
   */
  prepareInPlace?: (
    wanted: string | undefined,
  ) => Promise<{ snapshot?: string; consequences: readonly string[] }>;
  /** Puts a snapshot over what there is, and may be run again after a kill; absent where a person has to do it. */
  restoreInPlace?: (snapshot: string, say: Say) => Promise<void>;
  /** The whole drill, and its result written down, where the part does it itself; returns what to tell, throws a `UserError`. */
  drill?: (say: Say) => Promise<{ proof: string }>;
  /** Looks at restored data in a drill, beyond its checksums; returns what to tell, throws a `UserError`. */
  prove?: (folder: string, say: Say) => Promise<string>;
}
