import { balancerBody } from "./balancer";
import { isKnown, type FoundHosts, type HostFacts } from "../shared/machine/facts";
import { phaseOf, type MachinePhase } from "../shared/machine/phase";
import { labelsBody, labelsMark, noLabels } from "./labels";
import { forgetBody, initBody, joinBody, resetBody } from "./membership";
import { routesBody } from "./network";
import { missingPrograms, packagesBody } from "./packages";
import { runtimeBody } from "./runtime";
import { systemBody } from "./system";
import { staying, type ClusterSpec, type HostSpec } from "./spec";

/** What a machine goes through. */
export type Phase =
  | "forget"
  | "reset"
  | "packages"
  | "system"
  | "runtime"
  | "balancer"
  | "network"
  | "init"
  | "join"
  | "labels";

/** One phase of one machine of the cluster. */
export type PlannedPhase = MachinePhase<HostSpec, Phase>;

/** All that is going to be done, machine by machine. */
export interface ClusterPlan {
  phases: readonly PlannedPhase[];
  /** The control plane that speaks for the cluster: it lets others join, and takes them out. */
  speaker: HostSpec | undefined;
  /** Whether somebody has to be let in. */
  joining: boolean;
  /** A line for each machine. */
  lines: readonly string[];
}

/** What the cluster is, as the first control plane that answers tells it: one whose etcd answers too, if there is any. */
export function clusterOf(spec: ClusterSpec, found: FoundHosts): HostFacts["cluster"] {
  const told = spec.hosts.flatMap(({ name }) => {
    const facts = found.get(name);
    return isKnown(facts) && facts.cluster !== undefined ? [facts.cluster] : [];
  });
  return told.find(({ members }) => members !== undefined) ?? told[0];
}

/** Decides what has to be done, from what is wanted and what was found; pure. */
export function planCluster(spec: ClusterSpec, found: FoundHosts): ClusterPlan {
  const context = new Context(spec, found);
  const planned = spec.hosts.flatMap((host) =>
    host.absent ? leaving(context, host) : arriving(context, host),
  );
  const lines = spec.hosts.map((host) => lineOf(context, host, planned));
  const joining = planned.some(({ phase, why }) => phase === "join" && why !== undefined);
  return { phases: planned, speaker: context.speaker, joining, lines };
}

class Context {
  readonly cluster: HostFacts["cluster"];
  readonly speaker: HostSpec | undefined;

  constructor(
    readonly spec: ClusterSpec,
    readonly found: FoundHosts,
  ) {
    this.cluster = clusterOf(spec, found);
    const planes = staying(spec, "control-plane");
    const answering = planes.find(({ name }) => {
      const facts = found.get(name);
      return isKnown(facts) && facts.cluster !== undefined;
    });
    this.speaker = answering ?? planes[0];
  }

  facts(host: HostSpec): HostFacts | undefined {
    const found = this.found.get(host.name);
    return isKnown(found) ? found : undefined;
  }

  /** The node that goes by a machine's name, whichever machine that is. */
  node(host: HostSpec) {
    return this.cluster?.nodes.find(({ name }) => name === host.name);
  }

  /** Whether a machine is the node that goes by its name, with its part of etcd where it has one. */
  isMember(host: HostSpec, facts: HostFacts): boolean {
    if (!facts.joined) return false;
    // Its control plane is silent, or its etcd: what a machine says of itself has to do.
    if (this.cluster === undefined) return true;
    const { members } = this.cluster;
    const inEtcd =
      host.role === "worker" ||
      members === undefined ||
      members.some(({ name }) => name === host.name);
    return this.node(host)?.machineId === facts.machineId && inEtcd;
  }

  /**
   * Whether a machine is the one that the cluster began on, or is to begin on. Where another has been through either, the
   * cluster is there to be joined; one that is half made goes on where it was begun.
   */
  beginsOn(host: HostSpec): boolean {
    const planes = staying(this.spec, "control-plane");
    const marks = (plane: HostSpec) => this.facts(plane)?.marks ?? {};
    if (marks(host)["init"] !== undefined) return true;
    if (planes.some((plane) => marks(plane)["init"] ?? marks(plane)["join"])) return false;
    const begun = planes.find((plane) => this.facts(plane)?.joined === true) ?? planes[0];
    return host.name === begun?.name;
  }
}

/** A machine that stays or comes. */
function arriving(context: Context, host: HostSpec): PlannedPhase[] {
  const { spec } = context;
  const facts = context.facts(host);
  // What cannot be looked at is left as it is; whether it may be is for the guards.
  const known = facts ?? nobody;
  const plane = host.role === "control-plane";
  const stale = staleNode(context, host, facts);
  const member = facts !== undefined && !stale && context.isMember(host, facts);
  const node = { host, cgroup: known.cgroup };
  const missing = missingPrograms(spec, host.role, known.programs);
  const device = known.addresses.get(host.address) ?? "eth0";
  const runs = (...services: string[]): string[] =>
    services
      .filter((service) => !known.running.includes(service))
      .map((service) => `${service} does not run`);
  const here = (phase: Phase, body: string, lacking: readonly string[] = [], key = body) =>
    phaseOf({ phase, host, body, key, facts, lacking });
  const pause = `${spec.imageRepository ?? "registry.k8s.io"}/pause:${pauseVersion}`;
  const begins = plane && context.beginsOn(host);
  return [
    ...(stale
      ? [forget(context, host, { drain: false, why: "a machine of that name is gone" })]
      : []),
    here(
      "packages",
      packagesBody(spec, host.role),
      missing.map((program) => `${program} is missing`),
    ),
    here("system", systemBody(spec)),
    here(
      "runtime",
      runtimeBody({ pause, mirrors: spec.mirrors, confined: known.confined }),
      runs("containerd"),
    ),
    ...(plane
      ? [
          here(
            "balancer",
            balancerBody({ spec, host, interface: device }),
            runs("haproxy", "keepalived"),
          ),
        ]
      : []),
    here("network", routesBody(spec, host)),
    begins
      ? here("init", initBody(spec, node), member ? [] : ["there is no cluster"], spec.name)
      : here("join", joinBody(spec, node), member ? [] : ["it is not a node"], spec.name),
    ...labelled(context, host),
  ];
}

/** Labels and taints of a node, where it is to have any or had some from here; it remembers which. */
function labelled(context: Context, host: HostSpec): PlannedPhase[] {
  const wanted = labelsMark(host);
  const given = context.node(host)?.labelled;
  if (wanted === undefined && given === undefined) return [];
  const on = context.speaker ?? host;
  const due = given !== (wanted ?? noLabels) && context.facts(on) !== undefined;
  const why = due ? { why: "its labels or taints have changed" } : {};
  return [{ phase: "labels", host, on, body: labelsBody(host), ...why }];
}

/** A machine that leaves. */
function leaving(context: Context, host: HostSpec): PlannedPhase[] {
  const facts = context.facts(host);
  const isNode = context.node(host) !== undefined;
  const why = isNode ? "it leaves the cluster" : undefined;
  const reset = {
    phase: "reset" as const,
    ...{ host, on: host, body: resetBody },
    ...(facts?.joined === true ? { why: "it is no part of the cluster any more" } : {}),
  };
  return [
    forget(context, host, { drain: facts !== undefined, why }),
    ...(facts === undefined ? [] : [reset]),
  ];
}

/** Whether the cluster has a node of this name that is another machine: the one before it, which is gone. */
function staleNode(context: Context, host: HostSpec, facts: HostFacts | undefined): boolean {
  const node = context.node(host);
  return facts !== undefined && node !== undefined && node.machineId !== facts.machineId;
}

function forget(
  context: Context,
  host: HostSpec,
  { drain, why }: { drain: boolean; why: string | undefined },
): PlannedPhase {
  const body = forgetBody(host.name, { drain });
  const on = context.speaker ?? host;
  return { phase: "forget", host, on, body, ...(why === undefined ? {} : { why }) };
}

/** Version of the image that kubeadm 1.36 takes for the pause container. */
const pauseVersion = "3.10.2";

/** What is supposed of a machine that nobody could look at; nothing is done to it. */
const nobody: HostFacts = {
  machineId: "",
  os: { id: "", version: "", kernel: "", architecture: "" },
  ...{ root: true, cgroup: "v2", swap: [], clockSkew: 0, missingModules: [], confined: false },
  ...{ freeDisk: 0, memory: 0, processors: 0, listening: new Map(), programs: {}, marks: {} },
  ...{ addresses: new Map(), networks: [], running: [], joined: false, runs: 0 },
};

/** What is going to be done to a machine, in a line. */
function lineOf(context: Context, host: HostSpec, planned: readonly PlannedPhase[]): string {
  const found = context.found.get(host.name);
  const title = `${host.name} (${host.role}, ${host.address})`;
  const due = planned.filter((each) => each.host.name === host.name && each.why !== undefined);
  if (due.length > 0) {
    const reasons = [...new Set(due.map(({ why }) => why))].join("; ");
    return `${title}: ${due.map(({ phase }) => phase).join(" → ")}: ${reasons}`;
  }
  if (found === undefined || !isKnown(found))
    return `${title}: left as it is, for it cannot be reached: ${found?.unreachable ?? "not asked"}`;
  return `${title}: ${host.absent ? "gone" : "as it should be"}`;
}
