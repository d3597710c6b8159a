import type { FactsByHost, HostFacts } from "../shared/machine/facts";
import { lineOf, phaseOf, runOn } from "../shared/machine/phase";
import { balancerBody } from "./balancer";
import { PlanningContext, type ClusterPhase, type PlannedClusterPhase } from "./context";
import { labelsBody, labelsMark, noLabels } from "./labels";
import { forgetBody, initBody, joinBody, resetBody } from "./membership";
import { routesBody } from "./network";
import { operationsOf, renewals } from "./operations";
import { lacking, packagesBody } from "./packages";
import { runtimeBody } from "./runtime";
import { systemBody } from "./system";
import { imagesBody } from "./upkeep";
import type { ClusterSpec, HostSpec } from "../shared/cluster-spec";

/** The planned phases of all machines. */
export interface ClusterPlan {
  phases: readonly PlannedClusterPhase[];
  /** Maintenance afterwards, in steps: the phases of one step may run in parallel. */
  operations: readonly (readonly PlannedClusterPhase[])[];
  /** The control plane that runs the cluster's commands: it issues tickets for joins, and removes machines. */
  primaryControlPlane: HostSpec | undefined;
  /** Whether the cluster exists already: its API server answers on `primaryControlPlane`. */
  stands: boolean;
  /** Set where machines join: distinguishes this run from every other, because a ticket expires. */
  joining?: string;
  /** Number of renewals of the certificates, an administrator's included. */
  renewals: number;
  /** A line for each machine. */
  lines: readonly string[];
}

/** Plans the phases from spec and facts; pure. */
export function planCluster(spec: ClusterSpec, gathered: FactsByHost): ClusterPlan {
  const context = new PlanningContext(spec, gathered);
  const planned = spec.hosts.flatMap((host) =>
    host.absent ? leaving(context, host) : arriving(context, host),
  );
  const operations = operationsOf(context);
  const all = [...planned, ...operations.flat()];
  const lines = spec.hosts.map((host) => lineOf(host.role, host, gathered.get(host.name), all));
  const { primaryControlPlane } = context;
  const wanted = planned.some(({ phase, why }) => phase === "join" && why !== undefined);
  const facts = primaryControlPlane === undefined ? undefined : context.facts(primaryControlPlane);
  const joining = wanted && facts !== undefined ? { joining: runOn(facts) } : {};
  return {
    phases: planned,
    operations,
    lines,
    primaryControlPlane,
    stands: facts?.cluster !== undefined,
    ...joining,
    renewals: renewals(context),
  };
}

/** A machine that stays or joins. */
function arriving(context: PlanningContext, host: HostSpec): PlannedClusterPhase[] {
  const facts = context.facts(host);
  const machine: Machine = {
    host,
    // An unreachable machine is left unchanged; the guards decide whether that is allowed.
    known: facts ?? nobody,
    here: (phase, body, lacking = [], key = body) =>
      phaseOf({ phase, host, body, key, facts, lacking }),
  };
  const stale = context.isStale(host);
  return [
    ...(stale
      ? [forget(context, host, { dead: true, why: "a machine of that name is gone" })]
      : []),
    ...software(context.spec, machine),
    ...network(context.spec, machine),
    membership(context, machine, !stale && context.isMember(host)),
    ...labelled(context, host),
  ];
}

/** A machine that is planned for. */
interface Machine {
  host: HostSpec;
  known: HostFacts;
  /** A phase that runs on the machine itself; `lacking` are reasons to run it even if its mark is there. */
  here: (
    phase: ClusterPhase,
    body: string,
    lacking?: readonly string[],
    key?: string,
  ) => PlannedClusterPhase;
}

const stopped = ({ running }: HostFacts, ...services: string[]): string[] =>
  services
    .filter((service) => !running.includes(service))
    .map((service) => `${service} does not run`);

/** Packages, system settings and container runtime of a node. */
function software(spec: ClusterSpec, { host, known, here }: Machine): PlannedClusterPhase[] {
  const { mirrors, authorities, prepull } = spec;
  const pause = `${spec.imageRepository ?? "registry.k8s.io"}/pause:${pauseVersion}`;
  return [
    here(
      "packages",
      packagesBody(spec, host.role, known),
      lacking(spec, host.role, known),
      // The version of a node changes only by an upgrade.
      packagesBody({ ...spec, version: "" }, host.role, nobody),
    ),
    here("system", systemBody(spec)),
    here(
      "runtime",
      runtimeBody({ pause, mirrors, authorities, confined: known.confined }),
      stopped(known, "containerd"),
    ),
    ...(prepull.length === 0 ? [] : [here("images", imagesBody(prepull))]),
  ];
}

/** Load balancer of the API servers, and the pod network. */
function network(spec: ClusterSpec, { host, known, here }: Machine): PlannedClusterPhase[] {
  const device = known.addresses.get(host.address) ?? "eth0";
  const balancer =
    host.role === "control-plane"
      ? [
          here(
            "balancer",
            balancerBody({ spec, host, interface: device }),
            stopped(known, "haproxy", "keepalived"),
          ),
        ]
      : [];
  return [
    ...balancer,
    ...(spec.podNetwork === "routes" ? [here("network", routesBody(spec, host))] : []),
  ];
}

/** Initialises the cluster, or joins it. */
function membership(
  context: PlanningContext,
  { host, known, here }: Machine,
  member: boolean,
): PlannedClusterPhase {
  const { spec } = context;
  const node = { host, cgroup: known.cgroup };
  const begins = host.role === "control-plane" && context.beginsOn(host);
  return begins
    ? here(
        "init",
        initBody(spec, node, context.restored(host)),
        member ? [] : ["there is no cluster"],
        spec.name,
      )
    : here("join", joinBody(spec, node), member ? [] : ["it is not a node"], spec.name);
}

/** Sets labels and taints of a node that has any in the settings, or had some; its mark says which. */
function labelled(context: PlanningContext, host: HostSpec): PlannedClusterPhase[] {
  const wanted = labelsMark(host);
  const given = context.node(host)?.labelled;
  if (wanted === undefined && given === undefined) return [];
  const on = context.primaryControlPlane ?? host;
  const why = given === (wanted ?? noLabels) ? undefined : "its labels or taints have changed";
  return [context.unmarked("labels", host, { body: labelsBody(host), why, on })];
}

/** A machine that leaves. */
function leaving(context: PlanningContext, host: HostSpec): PlannedClusterPhase[] {
  const facts = context.facts(host);
  const isNode = context.node(host) !== undefined;
  const why = isNode ? "it leaves the cluster" : undefined;
  const left = facts?.joined === true ? "it is no part of the cluster any more" : undefined;
  return [
    forget(context, host, { dead: facts === undefined, why }),
    ...(facts === undefined
      ? []
      : [context.unmarked("reset", host, { body: resetBody(), why: left })]),
  ];
}

function forget(
  context: PlanningContext,
  host: HostSpec,
  { dead, why }: { dead: boolean; why: string | undefined },
): PlannedClusterPhase {
  const body = forgetBody(host.name, { drain: !dead });
  return {
    ...context.unmarked("forget", host, { body, why, on: context.primaryControlPlane }),
    dead,
  };
}

/** Version of the pause image of kubeadm 1.36. */
const pauseVersion = "3.10.2";

/** Placeholder facts of an unreachable machine; no phase runs on it. */
const nobody: HostFacts = {
  machineId: "",
  os: { id: "", version: "", kernel: "", architecture: "" },
  root: true,
  cgroup: "v2",
  swap: [],
  clockSkew: 0,
  missingModules: [],
  confined: false,
  freeDisk: 0,
  memory: 0,
  processors: 0,
  listening: new Map(),
  programs: {},
  marks: {},
  addresses: new Map(),
  networks: [],
  peers: [],
  running: [],
  joined: false,
  runs: 0,
  images: {},
};
