import { staying, type ClusterSpec, type HostSpec } from "../cluster/spec";
import { isKnown, type FoundHosts } from "../shared/machine/facts";
import { phaseOf, type MachinePhase } from "../shared/machine/phase";
import { etcdBody, services, type EtcdArgs } from "./etcd";
import { failures, notes } from "./etcd-script";
import { lateAfter } from "./schedule";

/** Where images come from unless a stack names another place. */
const publicImages = "registry.k8s.io";

/** What the backup of etcd is planned from. */
export interface EtcdPlanArgs {
  spec: EtcdArgs["spec"];
  cluster: ClusterSpec;
  found: FoundHosts;
  /** What changes with the secrets that a machine is given, and tells nothing of them. */
  seal: (host: HostSpec) => string;
  now: Date;
}

/** How the backup of etcd is set up, and how it stands. */
export interface EtcdPlan {
  phases: readonly MachinePhase<HostSpec, "backup">[];
  /** A line for each control plane that is to be set up. */
  lines: readonly string[];
  /** When the newest backup was whole, and when a drill went well; of all control planes. */
  standing: { newest?: string; drilled?: string };
  /** What is late. */
  warnings: readonly string[];
}

/** Decides what has to be done on each control plane; pure. */
export function planEtcd(args: EtcdPlanArgs): EtcdPlan {
  const { spec, cluster, found, seal, now } = args;
  const planes = staying(cluster, "control-plane");
  const phases = planes.map((host, rank) => {
    const body = etcdBody({
      ...{ spec, name: host.name, address: host.address, version: cluster.version },
      ...{ images: cluster.imageRepository ?? publicImages, rank, planes: planes.length },
    });
    const facts = found.get(host.name);
    const known = isKnown(facts) ? facts : undefined;
    const key = `${body}\n${seal(host)}`;
    return phaseOf({ phase: "backup", host, body, key, facts: known, lacking: [] });
  });
  const noted = planes.flatMap(({ name }) => {
    const facts = found.get(name);
    return isKnown(facts) ? [{ name, notes: facts.notes ?? {} }] : [];
  });
  const backups = noted.map(({ name, notes: all }) => ({ name, ...read(all[notes.run]) }));
  const drills = noted.map(({ name, notes: all }) => ({ name, ...read(all[notes.drill]) }));
  const taken = backups.filter(({ word }) => word !== "none");
  return {
    phases,
    lines: phases.flatMap(({ host, why }) =>
      why === undefined ? [] : [`${host.name}: backup of etcd: ${why}`],
    ),
    standing: {
      ...latest("newest", taken),
      ...latest(
        "drilled",
        drills.filter(({ word }) => word === "ok"),
      ),
    },
    warnings: [
      ...backups.flatMap((each) => late(each, spec.etcd.schedule, now)),
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
