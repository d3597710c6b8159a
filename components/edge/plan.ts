import { isKnown, type FoundHosts, type HostFacts } from "../shared/machine/facts";
import { installBody } from "../shared/machine/packages";
import type { Machine } from "../shared/machine/machine";
import { lineOf, phaseOf, type MachinePhase } from "../shared/machine/phase";
import { addressBody, closedPorts, leaveBody, programs, proxyBody } from "./bodies";
import type { EdgeSpec } from "./spec";

/** What an edge goes through. A machine may be part of something else too, so the names say whose they are. */
export type Phase = "edge-packages" | "edge-proxy" | "edge-address" | "edge-leave";

/** One phase of one edge. */
export type PlannedPhase = MachinePhase<Machine, Phase>;

/** All that is going to be done, machine by machine. */
export interface EdgePlan {
  phases: readonly PlannedPhase[];
  /** A line for each machine. */
  lines: readonly string[];
}

/** Decides what has to be done, from what is wanted and what was found; pure. */
export function planEdge(spec: EdgeSpec, found: FoundHosts): EdgePlan {
  const phases = spec.hosts.flatMap((host) => {
    const facts = found.get(host.name);
    const known = isKnown(facts) ? facts : undefined;
    return host.absent ? leaving(host, known) : arriving(spec, host, known);
  });
  const lines = spec.hosts.map((host) => lineOf("edge", host, found.get(host.name), phases));
  return { phases, lines };
}

function arriving(spec: EdgeSpec, host: Machine, facts: HostFacts | undefined): PlannedPhase[] {
  const here = (phase: Phase, body: string, lacking: readonly string[] = [], key = body) =>
    phaseOf({ phase, host, body, key, facts, lacking });
  const running = facts?.running ?? [];
  const stopped = (service: string): string[] =>
    running.includes(service) ? [] : [`${service} does not run`];
  const closed = closedPorts(spec, facts?.marks ?? {}).map((port) => `nobody has port ${port}`);
  const missing = Object.keys(programs).filter((each) => facts?.programs[each] === undefined);
  const device = facts?.addresses.get(host.address) ?? "eth0";
  return [
    here(
      "edge-packages",
      installBody(spec.packages, programs),
      missing.map((program) => `${program} is missing`),
    ),
    here(
      "edge-proxy",
      proxyBody(spec),
      [...stopped("haproxy"), ...closed],
      // What ports are open is no reason to read anew; which of them nobody has is told by the facts.
      proxyBody({ ...spec, nodePorts: [] }),
    ),
    here("edge-address", addressBody(spec, host, device), stopped("keepalived")),
  ];
}

/** A machine that leaves; one that nobody can ask any more is gone as it is. */
function leaving(host: Machine, facts: HostFacts | undefined): PlannedPhase[] {
  if (facts === undefined) return [];
  const was = Object.keys(facts.marks).some((mark) => mark.startsWith("edge-"));
  const why = was ? { why: "it leaves the edge" } : {};
  return [{ phase: "edge-leave", host, on: host, body: leaveBody, ...why }];
}
