import { notesFolder, putFile } from "../shared/machine/script";
import { quote, script, words } from "../shared/shell";
import { privateKeyFile } from "../shared/ssh";
import { command, etcdScript, notes, settingsFolder, stateFolder } from "./etcd-script";
import { resticAccess, type ResticAccess } from "./restic";
import { calendarOf, periodOf } from "./schedule";
import type { BackupSpec, PartSpec } from "./spec";

/** Path of the repository below the stack. */
export const etcdPath = "etcd";

/** Services, each with a timer of its name, by the subcommand that they run. */
export const services = { run: "slipway-backup-etcd", drill: "slipway-drill-etcd" } as const;

/** What the backup of one control plane is rendered from. */
export interface EtcdArgs {
  /** Names of the stack and of the repository's password, and how etcd is backed up. */
  spec: Pick<BackupSpec, "stack" | "password"> & { etcd: PartSpec };
  /** Name of the machine; also the host of its snapshots. */
  name: string;
  /** IPv4 address of the machine. */
  address: string;
  /** Version of Kubernetes: `v1.36.1`. */
  version: string;
  /** Where the images of Kubernetes are: `registry.k8s.io`. */
  images: string;
  /** Its rank among the control planes, from 0: the first one deletes old snapshots. */
  rank: number;
  /** How many control planes there are. */
  planes: number;
}

/** How this control plane reaches the repository. */
export const etcdAccess = ({ stack, password, etcd }: EtcdArgs["spec"]): ResticAccess =>
  resticAccess(etcd.target, { stack, path: etcdPath, password, folder: settingsFolder });

/**
 * Standard input of the phase: the files of `settingsFolder`, each after a line `>>> <name>`. Holds every secret.
 * @param secrets of the stack, by name.
 */
export function etcdSettings(
  spec: EtcdArgs["spec"],
  secrets: Readonly<Record<string, string>>,
): string {
  const { env, secretEnv, files, secretFiles } = etcdAccess(spec);
  const value = (name: string): string => secrets[name] ?? "";
  const variables = [
    ...Object.entries(env),
    ...Object.entries(secretEnv).map(([variable, name]) => [variable, value(name)] as const),
  ];
  const all = {
    env: variables.map(([variable, text]) => `export ${variable}=${quote(text)}\n`).join(""),
    ...files,
    ...Object.fromEntries(
      Object.entries(secretFiles).map(([file, name]) => [file, privateKeyFile(value(name))]),
    ),
  };
  return Object.entries(all)
    .map(([name, text]) => `>>> ${name}\n${text}`)
    .join("");
}

/** Names of the secrets that a control plane gets. */
export function etcdSecrets(spec: EtcdArgs["spec"]): string[] {
  const { secretEnv, secretFiles } = etcdAccess(spec);
  return [...Object.values(secretEnv), ...Object.values(secretFiles)].sort();
}

/** Sets up the timers of a control plane that back up etcd. */
export function etcdBody(args: EtcdArgs): string {
  const { spec, name, address, version, images, rank, planes } = args;
  const { schedule, drill, keep } = spec.etcd;
  const text = etcdScript({
    options: etcdAccess(spec).options,
    host: name,
    address,
    version,
    images,
    keep: rank === 0 ? keep : undefined,
  });
  const units = [
    ...unit(services.run, "run", "Backup of etcd", calendarOf(schedule, shift(schedule))),
    ...unit(services.drill, "drill", "Drill of etcd's backup", calendarOf(drill, shift(drill))),
  ];
  /** Offsets in seconds, so that no two control planes back up at once. */
  function shift(each: string): number {
    return rank * Math.min(apart, Math.floor(periodOf(each) / planes));
  }
  const timers = words(Object.values(services).map((service) => `${service}.timer`));
  return [
    script("components/backup/etcd-install.sh", {
      SETTINGS: settingsFolder,
      STATE: stateFolder,
      COMMAND: command,
      PROGRAM: text,
      NOTES: notesFolder,
      NOTE: notes.run,
    }),
    ...units.map(([file, unit]) => putFile(`/etc/systemd/system/${file}`, unit)),
    "systemctl daemon-reload",
    `systemctl enable -q ${timers}`,
    `systemctl restart ${timers}`,
  ].join("\n");
}

/** Seconds between two control planes, where the schedule allows as many. */
const apart = 600;

/** A service that runs the command, and the timer that starts it. */
const unit = (
  name: string,
  verb: keyof typeof services,
  what: string,
  calendar: string,
): [file: string, text: string][] => [
  [
    `${name}.service`,
    `[Unit]
Description=${what}
# A machine that is no control plane yet, or is one no more, has nothing to tell.
ConditionPathExists=/etc/kubernetes/manifests/etcd.yaml

[Service]
Type=oneshot
ExecStart=${command} ${verb}
TimeoutStartSec=6h
Nice=10
IOSchedulingClass=idle
`,
  ],
  [
    `${name}.timer`,
    `[Unit]
Description=${what}

[Timer]
OnCalendar=${calendar}
AccuracySec=1s
Persistent=true

[Install]
WantedBy=timers.target
`,
  ],
];
