import { failuresFolder, marksFolder, notesFolder } from "../shared/machine/script";
import { program, script } from "../shared/shell";
import { keepWords, steps, type ScriptArgs } from "./script";
import { manifestName, type Keep } from "./spec";
import { certsFolder } from "../shared/machine/folders";

/** Where a control plane has what opens the repository: root's alone. */
export const settingsFolder = "/etc/slipway/backup/etcd";

/** Names of its notes: when a backup was whole, and how a drill went. */
export const notes = { run: "etcd-backup", drill: "etcd-drill" } as const;

/** Names of the notes that there are while the last run has failed, with the reason. */
export const failures = { run: "etcd-backup-failed", drill: "etcd-drill-failed" } as const;

/** Where it works. */
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
   * Which snapshots stay, its own and the others'; one control plane alone has this.
   * @default none: this one deletes no snapshot
   */
  keep?: Keep | undefined;
}

/** Without these, what is restored is another cluster; all other certificates are made of them. */
const authorities = ["ca", "front-proxy-ca", "etcd/ca"]
  .flatMap((name) => [`${name}.crt`, `${name}.key`])
  .concat("sa.key", "sa.pub");

/** Higher than what any client has seen since the snapshot: https://etcd.io/docs/v3.6/op-guide/recovery */
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
