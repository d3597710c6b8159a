import { isIn } from "../shared/machine/address";
import { isKnown, type FactsByHost, type HostFacts } from "../shared/machine/facts";
import { machineProblems, portProblems, unreachableProblem } from "../shared/machine/guards";
import type { Machine, SpecProblem } from "../shared/machine/machine";
import { programsOf } from "./bodies";
import { ownPorts, activeHosts, type EdgeSpec } from "./spec";

/** The oldest HAProxy that accepts the configuration. */
const oldestProxy = [2, 5] as const;

/** Problems of the machines' facts; pure. */
export function hostProblems(spec: EdgeSpec, gathered: FactsByHost): SpecProblem[] {
  const all = activeHosts(spec);
  const reached = all.filter(({ name }) => isKnown(gathered.get(name)));
  if (reached.length === 0 && all.length > 0) return [silent(all, gathered)];
  return all.flatMap((host) => {
    const facts = gathered.get(host.name);
    return isKnown(facts) ? reachedProblems(spec, host, facts) : unreached(host, gathered);
  });
}

function silent(all: readonly Machine[], gathered: FactsByHost): SpecProblem {
  const lines = all.map(({ name }) => {
    const facts = gathered.get(name);
    return `${name}: ${isKnown(facts) ? "" : (facts?.unreachable ?? "not asked")}`;
  });
  return {
    path: ["hosts"],
    given: lines.join("; "),
    allowed: "at least one edge that lets us in",
    fix: "start one of them, or fix the way to it; then try again",
  };
}

/** An unreachable edge is allowed only if another has it as its peer: it was set up before. */
function unreached(host: Machine, gathered: FactsByHost): SpecProblem[] {
  const facts = gathered.get(host.name);
  const known = [...gathered.values()].some(
    (other) => isKnown(other) && other.peers.includes(host.address),
  );
  if (known || facts === undefined || isKnown(facts)) return [];
  return [
    unreachableProblem(
      host,
      facts.unreachable,
      "a machine that lets us in: it is no edge yet, so nothing can be done without it",
    ),
  ];
}

function reachedProblems(spec: EdgeSpec, host: Machine, facts: HostFacts): SpecProblem[] {
  const ports = [...ownPorts(spec), ...spec.nodePorts].map((port) => [port, "haproxy"] as const);
  return [
    ...machineProblems(host, facts),
    ...portProblems(host, facts, ports),
    ...otherUse(host, facts),
    ...programProblems(spec, host, facts),
    ...reachProblems(spec, host, facts),
  ];
}

/** A machine whose HAProxy or keepalived has another use. */
function otherUse({ name }: Machine, { marks, running, listening }: HostFacts): SpecProblem[] {
  const ports = [...listening].flatMap(([port, who]) => (who.startsWith("haproxy") ? [port] : []));
  const used = [
    ...(marks["edge-proxy"] === undefined && ports.length > 0
      ? [`haproxy listens on port ${ports.sort((a, b) => a - b).join(", ")}`]
      : []),
    ...(marks["edge-address"] === undefined && running.includes("keepalived") && ports.length > 0
      ? ["keepalived runs"]
      : []),
  ];
  // A killed run of ours began it.
  if (used.length === 0 || marks["edge-packages"] !== undefined) return [];
  return [
    {
      path: ["hosts", name],
      given: used,
      allowed: "a machine whose HAProxy and keepalived are free: an edge has both to itself",
      fix: "take another machine; or, if nobody needs them: systemctl disable --now haproxy keepalived",
    },
  ];
}

function programProblems(spec: EdgeSpec, { name }: Machine, facts: HostFacts): SpecProblem[] {
  const path = ["hosts", name];
  const wanted = Object.keys(programsOf(spec));
  const missing = wanted.filter((each) => facts.programs[each] === undefined);
  if (spec.packages.from === "preinstalled" && missing.length > 0)
    return [
      {
        path,
        given: missing.map((program) => `${program} is missing`),
        allowed: `${wanted.join(", ")}: \`packages.from\` says that they are installed already`,
        fix: "install them, or let apt or dnf do it",
      },
    ];
  const { haproxy } = facts.programs;
  const [major = 0, minor = 0] = (haproxy ?? "").split(".").map(Number);
  const [least, and] = oldestProxy;
  if (haproxy === undefined || major > least || (major === least && minor >= and)) return [];
  return [
    {
      path,
      given: `haproxy ${haproxy}`,
      allowed: `haproxy ${oldestProxy.join(".")} or newer`,
      fix: "upgrade it, or the system",
    },
  ];
}

function reachProblems(
  { address }: EdgeSpec,
  { name }: Machine,
  { networks, addresses }: HostFacts,
): SpecProblem[] {
  const own = networks.filter((network) => !/\/32$/.test(network) && !network.startsWith("127."));
  if (addresses.has(address) || own.some((network) => isIn(address, network))) return [];
  return [
    {
      path: ["address"],
      given: address,
      allowed: `an address in a network of ${name}: ${own.join(", ")}`,
      fix: "take a free one there: nobody would find it elsewhere",
    },
  ];
}
