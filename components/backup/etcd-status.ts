import { isKnown, type FactsByHost } from "../shared/machine/facts";
import { services } from "./etcd";
import { failures, notes } from "./etcd-script";
import { lateAfter } from "./schedule";

/** Status of the backup of etcd, from the notes of its control planes. */
export interface EtcdStatus {
  /** Time of the newest complete backup and of the last successful drill of all control planes. */
  status: { newest?: string; drilled?: string };
  /** Overdue runs, and failed ones without a later success; each with its machine. */
  warnings: readonly string[];
}

/** What the status is derived from. */
export interface EtcdStandingArgs {
  /** Names of the control planes. */
  planes: readonly string[];
  /** Facts, by the names of the machines; a machine without facts has no status. */
  gathered: FactsByHost;
  /** When a backup is due, in systemd's OnCalendar format. */
  schedule: string;
  /** The present time. */
  now: Date;
}

/** Reads the notes of the control planes; pure. */
export function etcdStatus({ planes, gathered, schedule, now }: EtcdStandingArgs): EtcdStatus {
  const noted = planes.flatMap((name) => {
    const facts = gathered.get(name);
    return isKnown(facts) ? [{ name, notes: facts.notes ?? {} }] : [];
  });
  const backups = noted.map(({ name, notes: all }) => ({ name, ...read(all[notes.run]) }));
  const drills = noted.map(({ name, notes: all }) => ({ name, ...read(all[notes.drill]) }));
  const taken = backups.filter(({ word }) => word !== "none");
  const passed = drills.filter(({ word }) => word === "ok");
  return {
    status: { ...latest("newest", taken), ...latest("drilled", passed) },
    warnings: [
      ...backups.flatMap((each) => late(each, schedule, now)),
      ...noted.flatMap(({ name, notes: all }) => [
        ...failed(name, "the last backup of etcd", services.run, all[failures.run]),
        ...failed(name, "the last drill of etcd's backup", services.drill, all[failures.drill]),
      ]),
      ...noted.flatMap(({ name, notes: all }) =>
        read(all[notes.drill]).word === "failed" && all[failures.drill] === undefined
          ? [
              `${name}: the last drill of etcd's backup failed: journalctl -u slipway-drill-etcd there says why`,
            ]
          : [],
      ),
    ],
  };
}

/** A failed run without a later success. */
function failed(name: string, what: string, service: string, note: string | undefined): string[] {
  if (note === undefined) return [];
  const { at } = read(note);
  const when = at === undefined ? "" : ` at ${at.toISOString().slice(0, 19)}Z`;
  const why = note.split(" ").slice(1).join(" ").trim();
  return [
    `${name}: ${what} failed${when}${why === "" ? "" : `: ${why}`}; journalctl -u ${service} there says more`,
  ];
}

/** A note: `<seconds since 1970> <word> …`. */
function read(note: string | undefined): { at: Date | undefined; word: string } {
  const [seconds = "", word = "none"] = (note ?? "").split(" ");
  return { at: seconds === "" ? undefined : new Date(Number(seconds) * 1000), word };
}

function latest<Name extends string>(
  name: Name,
  all: readonly { at: Date | undefined }[],
): Partial<Record<Name, string>> {
  const times = all.flatMap(({ at }) => (at === undefined ? [] : [at.getTime()]));
  if (times.length === 0) return {};
  const text = new Date(Math.max(...times)).toISOString();
  return { [name]: text } as Partial<Record<Name, string>>;
}

/** A control plane whose backup is overdue; one that is not set up yet has no note. */
function late(
  { name, at, word }: { name: string; at: Date | undefined; word: string },
  schedule: string,
  now: Date,
): string[] {
  if (at === undefined || now.getTime() - at.getTime() <= lateAfter(schedule) * 1000) return [];
  const since = word === "none" ? "it was set up" : "its last one";
  return [
    `${name}: no backup of etcd for ${hours(now.getTime() - at.getTime())}, since ${since}, and one is due ${schedule}: journalctl -u slipway-backup-etcd there says why`,
  ];
}

const hours = (milliseconds: number): string =>
  `${Math.floor(milliseconds / 3_600_000)} h ${Math.floor(milliseconds / 60_000) % 60} min`;
