import { isKnown, type GatheredFacts, type HostFacts } from "./facts";
import type { Machine } from "./machine";
import { textHash } from "./script";

/** One planned phase of one machine. */
export interface MachinePhase<Host extends Machine = Machine, Phase extends string = string> {
  phase: Phase;
  /** The machine that it is about. */
  host: Host;
  /** The machine that it runs on: another one where `host` may be gone. */
  on: Host;
  body: string;
  /** Written on the machine when the phase has ended; absent for a phase that depends on the facts alone. */
  mark?: string;
  /** Distinguishes the runs of a phase without a mark; see `runOn`. */
  run?: string;
  /** Why it has to run; absent when it need not. */
  why?: string;
}

/** A phase, and the facts of its machine. */
export interface PhaseArgs<Host extends Machine, Phase extends string> {
  /** Name of the phase, and of its mark on the machine. */
  phase: Phase;
  /** The machine that it is about, and runs on. */
  host: Host;
  /** Shell text that runs there, as root. */
  body: string;
  /** The part of the body whose change makes the phase run again. */
  key: string;
  /** Absent for an unreachable machine: the phase does not run then. */
  facts: HostFacts | undefined;
  /** What the machine lacks. */
  lacking: readonly string[];
}

/** Plans a phase: it runs if the machine's mark differs, or if the machine lacks something. */
export function phaseOf<Host extends Machine, Phase extends string>({
  phase,
  host,
  body,
  key,
  facts,
  lacking,
}: PhaseArgs<Host, Phase>): MachinePhase<Host, Phase> {
  const [hash, count = "0"] = (facts?.marks[phase] ?? "").split(" ");
  const same = hash === textHash(key);
  const before = Number(count);
  const why = facts === undefined ? undefined : reason({ lacking, same, before });
  const mark = `${textHash(key)} ${why === undefined ? before : before + 1}`;
  const planned = { phase, host, on: host, body, mark };
  return why === undefined ? planned : { ...planned, why };
}

/** A name that no earlier run on a machine has had: its machine id, and the number of phases that ran there. */
export const runOn = ({ machineId, runs }: Pick<HostFacts, "machineId" | "runs">): string =>
  `${runs + 1} on ${machineId}`;

function reason({
  lacking,
  same,
  before,
}: {
  lacking: readonly string[];
  same: boolean;
  before: number;
}): string | undefined {
  if (before === 0) return "not done yet";
  if (lacking.length > 0) return lacking.join(", ");
  return same ? undefined : "its settings have changed";
}

/** The planned changes of a machine, in a line: `e01 (edge, 10.0.0.21): address: keepalived does not run`. */
export function lineOf(
  role: string,
  host: Machine,
  gathered: GatheredFacts | undefined,
  planned: readonly MachinePhase[],
): string {
  const title = `${host.name} (${role}, ${host.address})`;
  const due = planned.filter((each) => each.host.name === host.name && each.why !== undefined);
  if (due.length > 0) {
    const reasons = [...new Set(due.map(({ why }) => why))].join("; ");
    return `${title}: ${due.map(({ phase }) => phase).join(" → ")}: ${reasons}`;
  }
  if (!isKnown(gathered))
    return `${title}: left as it is, for it cannot be reached: ${gathered?.unreachable ?? "not asked"}`;
  return `${title}: ${host.absent ? "gone" : "as it should be"}`;
}
