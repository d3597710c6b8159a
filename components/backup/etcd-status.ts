import { isKnown, type FactsByHost } from "../shared/machine/facts";
import { services } from "./etcd";
import { failures, notes } from "./etcd-script";
import { lateAfter } from "./schedule";

/** How the backup of etcd stands, by what its control planes have noted. */
export interface EtcdStatus {
  /** When the newest backup was whole, and when a drill went well; of all control planes. */
  status: { newest?: string; drilled?: string };
  /** What is late, and what failed and was followed by nothing that did not; each with its machine. */
  warnings: readonly string[];
}

/** What the standing is read from. */
export interface EtcdStandingArgs {
  /** Names of the control planes. */
  planes: readonly string[];
  /** What was found, by the names of the machines; one that is not known tells nothing. */
  gathered: FactsByHost;
  /** When a backup is due, in the words of systemd's OnCalendar. */
  schedule: string;
  /** The time that lateness is counted from. */
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

/** A run that failed, and was followed by none that did not. */
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

/** A control plane that was to have been backed up; one that was not set up yet has no note. */
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
