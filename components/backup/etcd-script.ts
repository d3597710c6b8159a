import { failuresFolder, marksFolder, notesFolder } from "../shared/machine/script";
import { program, script } from "../shared/shell";
import { keepWords, steps, type ScriptArgs } from "./script";
import { manifestName, type Keep } from "./spec";
import { certsFolder } from "../shared/machine/folders";

/** Folder on a control plane with the credentials of the repository; only root may read it. */
export const settingsFolder = "/etc/slipway/backup/etcd";

/** Names of its notes: time of the last complete backup, and result of the last drill. */
export const notes = { run: "etcd-backup", drill: "etcd-drill" } as const;

/** Names of the notes with the reason that exist while the last run has failed. */
export const failures = { run: "etcd-backup-failed", drill: "etcd-drill-failed" } as const;

/** Its working folder. */
export const stateFolder = "/var/lib/slipway/etcd";

/** The command on a control plane: `run`, `drill`, `revision`, `restore <snapshot | here>`. */
export const command = "/usr/local/lib/slipway/etcd";

/** What the command of one control plane is rendered from. */
export interface EtcdScriptArgs extends ScriptArgs {
  /** IPv4 address by which the other members reach its etcd. */
  address: string;
  /** Version of Kubernetes: `v1.36.1`. */
  version: string;
  /** Where the images of Kubernetes are, which bring the programs of etcd: `registry.k8s.io`. */
  images: string;
  /**
   * Retention of all snapshots; set on only one control plane.
   * @default none: this one deletes no snapshot
   */
  keep?: Keep | undefined;
}

/** Authorities that sign all other certificates: without them a restore would make another cluster. */
const authorities = ["ca", "front-proxy-ca", "etcd/ca"]
  .flatMap((name) => [`${name}.crt`, `${name}.key`])
  .concat("sa.key", "sa.pub");

/** Revision bump, higher than any that a client has seen since the snapshot: https://etcd.io/docs/v3.6/op-guide/recovery */
const bump = 1_000_000_000;

/** Text of the command; it holds no secret. */
export const etcdScript = (args: EtcdScriptArgs): string =>
  program(
    steps(args),
    script("components/backup/etcd-restore.sh", { BUMP: bump, MARKS: marksFolder }),
    script("components/backup/etcd.sh", {
      ADDRESS: args.address,
      VERSION: args.version,
      IMAGES: args.images,
      CERTS: certsFolder,
      STATE: stateFolder,
      SETTINGS: settingsFolder,
      SUMS: manifestName,
      AUTHORITIES: authorities.map((file) => `pki/${file}`).join(" "),
      KEEP: args.keep === undefined ? "" : keepWords(args.keep),
      NOTES: notesFolder,
      RUN_NOTE: notes.run,
      DRILL_NOTE: notes.drill,
      FAILURES: failuresFolder,
      RUN_FAILED: failures.run,
      DRILL_FAILED: failures.drill,
    }),
  );
