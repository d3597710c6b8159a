import type { NodeFacts } from "../shared/machine/cluster-facts";
import { isKnown, type FactsByHost, type HostFacts } from "../shared/machine/facts";
import { runOn, type MachinePhase } from "../shared/machine/phase";
import { activeHosts, type ClusterSpec, type HostSpec } from "../shared/cluster-spec";

/** Phases of a machine: when it joins or leaves, and in the cluster's maintenance. */
export type ClusterPhase =
  | ("forget" | "reset" | "packages" | "system" | "runtime" | "images" | "balancer" | "network")
  | ("init" | "join" | "labels")
  | ("drain" | "upgrade" | "uncordon" | "renew" | "defragment" | "spread" | "pod-network");

/** Phases of the cluster as a whole. */
export const ofTheCluster: readonly ClusterPhase[] = ["spread", "pod-network"];

/** One phase of one machine of the cluster. */
export interface PlannedClusterPhase extends MachinePhase<HostSpec, ClusterPhase> {
  /** Set on the removal of a machine that no longer answers. */
  dead?: boolean;
}

/** Facts of the cluster from the first control plane that answers, preferably one whose etcd answers too. */
export function clusterOf(spec: ClusterSpec, gathered: FactsByHost): HostFacts["cluster"] {
  const reports = spec.hosts.flatMap(({ name }) => {
    const facts = gathered.get(name);
    return isKnown(facts) && facts.cluster !== undefined ? [facts.cluster] : [];
  });
  return reports.find(({ members }) => members !== undefined) ?? reports[0];
}

/** The spec of a cluster together with the facts. */
export class PlanningContext {
  readonly cluster: HostFacts["cluster"];
  /** The control plane that runs the cluster's commands: the first that answers. */
  readonly primaryControlPlane: HostSpec | undefined;

  constructor(
    readonly spec: ClusterSpec,
    readonly gathered: FactsByHost,
  ) {
    this.cluster = clusterOf(spec, gathered);
    const planes = activeHosts(spec, "control-plane");
    const answering = planes.find((plane) => this.facts(plane)?.cluster !== undefined);
    this.primaryControlPlane = answering ?? planes[0];
  }

  facts(host: HostSpec): HostFacts | undefined {
    const gathered = this.gathered.get(host.name);
    return isKnown(gathered) ? gathered : undefined;
  }

  /** The node with a machine's name, even if it is another machine. */
  node(host: HostSpec): NodeFacts | undefined {
    return this.cluster?.nodes.find(({ name }) => name === host.name);
  }

  /** Whether the node of this name is another machine: the previous one, which is gone. */
  isStale(host: HostSpec): boolean {
    const [node, facts] = [this.node(host), this.facts(host)];
    return facts !== undefined && node !== undefined && node.machineId !== facts.machineId;
  }

  /** Whether a machine is the node of its name, and for a control plane also a member of etcd. */
  isMember(host: HostSpec): boolean {
    const facts = this.facts(host);
    if (facts?.joined !== true) return false;
    // The API server or etcd does not answer: only the machine's own facts are known.
    if (this.cluster === undefined) return true;
    const { members } = this.cluster;
    const inEtcd =
      host.role === "worker" ||
      members === undefined ||
      members.some(({ name }) => name === host.name);
    return this.node(host)?.machineId === facts.machineId && inEtcd;
  }

  /**
   * Whether `kubeadm init` runs, or ran, on this machine. Where another machine has completed it, this one joins; an interrupted
   * init continues on its machine, and a restored cluster begins where its data is.
   */
  beginsOn(host: HostSpec): boolean {
    const planes = activeHosts(this.spec, "control-plane");
    const marks = (plane: HostSpec) => this.facts(plane)?.marks ?? {};
    const restored = planes.find((plane) => marks(plane)["restore"] !== undefined);
    if (restored !== undefined) return host.name === restored.name;
    if (marks(host)["init"] !== undefined) return true;
    if (planes.some((plane) => marks(plane)["init"] ?? marks(plane)["join"])) return false;
    const begun = planes.find((plane) => this.facts(plane)?.joined === true) ?? planes[0];
    return host.name === begun?.name;
  }

  /** Machines that were nodes when this one's restored data was backed up, and are not now; undefined where nothing was restored. */
  restored(host: HostSpec): { gone: string[] } | undefined {
    if (this.facts(host)?.marks["restore"] === undefined) return undefined;
    const gone = this.spec.hosts.filter((each) => this.facts(each)?.joined === false);
    return { gone: gone.map(({ name }) => name).filter((name) => name !== host.name) };
  }

  /** A phase without a mark: the facts make it due, on the machine itself or on a control plane. */
  unmarked(
    phase: ClusterPhase,
    host: HostSpec,
    { body, why, on = host }: { body: string; why: string | undefined; on?: HostSpec | undefined },
  ): PlannedClusterPhase {
    const facts = this.facts(on);
    const due = why === undefined || facts === undefined ? {} : { why, run: runOn(facts) };
    return { phase, host, on, body, ...due };
  }
}
