import { isKnown, type FactsByHost, type HostFacts } from "../shared/machine/facts";
import { installBody } from "../shared/machine/packages";
import type { Machine } from "../shared/machine/machine";
import { lineOf, phaseOf, type MachinePhase } from "../shared/machine/phase";
import { addressBody, closedPorts, leaveBody, programsOf, proxyBody } from "./bodies";
import { followBody, followPhase } from "./followed";
import { planReader, type ReaderPhase, type CertificateCluster } from "./reader";
import { followed, type EdgeSpec } from "./spec";
import { isForbidden } from "./status";

/** Phases of an edge. A machine may have other roles too, so their names have a prefix. */
export type EdgePhase =
  ("edge-packages" | "edge-proxy" | "edge-address" | "edge-leave") | typeof followPhase;

/** One phase of one edge. */
export type PlannedEdgePhase = MachinePhase<Machine, EdgePhase>;

/** The planned phases of all machines. */
export interface EdgePlan {
  phases: readonly PlannedEdgePhase[];
  /** The phase of the login for followed certificates; absent where none are followed. */
  reader?: ReaderPhase;
  /** A line for each machine. */
  lines: readonly string[];
}

/** Plans the phases from spec and facts, the cluster's included; pure. */
export function planEdge(
  spec: EdgeSpec,
  gathered: FactsByHost,
  source?: CertificateCluster,
): EdgePlan {
  const reader = planReader(spec, gathered, source);
  const phases = spec.hosts.flatMap((host) => {
    const facts = gathered.get(host.name);
    const known = isKnown(facts) ? facts : undefined;
    return host.absent ? leaving(host, known) : arriving(spec, host, { facts: known, reader });
  });
  const lines = spec.hosts.map((host) => lineOf("edge", host, gathered.get(host.name), phases));
  if (reader?.why === undefined) return { phases, lines, ...(reader && { reader }) };
  const asked = lineOf("speaks for the cluster", reader.on, source?.facts, [reader]);
  return { phases, lines: [asked, ...lines], reader };
}

function arriving(
  spec: EdgeSpec,
  host: Machine,
  { facts, reader }: { facts: HostFacts | undefined; reader: ReaderPhase | undefined },
): PlannedEdgePhase[] {
  const here = (phase: EdgePhase, body: string, lacking: readonly string[] = [], key = body) =>
    phaseOf({ phase, host, body, key, facts, lacking });
  const running = facts?.running ?? [];
  const stopped = (service: string): string[] =>
    running.includes(service) ? [] : [`${service} does not run`];
  const closed = closedPorts(spec, facts?.marks ?? {}).map((port) => `nobody has port ${port}`);
  const programs = programsOf(spec);
  const missing = Object.keys(programs).filter((each) => facts?.programs[each] === undefined);
  const login = [
    ...(reader?.why === undefined ? [] : ["the cluster gives another login"]),
    ...(facts !== undefined && isForbidden(facts) ? ["the cluster refuses its login"] : []),
  ];
  const device = facts?.addresses.get(host.address) ?? "eth0";
  return [
    here(
      "edge-packages",
      installBody("slipway-edge", spec.packages, programs),
      missing.map((program) => `${program} is missing`),
    ),
    here(
      "edge-proxy",
      proxyBody(spec),
      [...stopped("haproxy"), ...closed],
      // The set of open ports is no reason to run again; the facts show which are no longer used.
      proxyBody({ ...spec, nodePorts: [] }),
    ),
    ...(followed(spec).length === 0 ? [] : [here(followPhase, followBody(spec), login)]),
    here("edge-address", addressBody(spec, host, device), stopped("keepalived")),
  ];
}

/** A machine that leaves; an unreachable one needs no phase. */
function leaving(host: Machine, facts: HostFacts | undefined): PlannedEdgePhase[] {
  if (facts === undefined) return [];
  const was = Object.keys(facts.marks).some((mark) => mark.startsWith("edge-"));
  const why = was ? { why: "it leaves the edge" } : {};
  return [{ phase: "edge-leave", host, on: host, body: leaveBody(), ...why }];
}
