import type { NodeFacts } from "../shared/machine/cluster-facts";
import { isKnown, type FactsByHost, type HostFacts } from "../shared/machine/facts";
import { runOn, type MachinePhase } from "../shared/machine/phase";
import { activeHosts, type ClusterSpec, type HostSpec } from "../shared/cluster-spec";

/** What a machine goes through: when it comes or leaves, and in the cluster's upkeep. */
export type Phase =
  | ("forget" | "reset" | "packages" | "system" | "runtime" | "images" | "balancer" | "network")
  | ("init" | "join" | "labels")
  | ("drain" | "upgrade" | "uncordon" | "renew" | "defragment" | "spread" | "pod-network");

/** Phases that are about no one machine. */
export const ofTheCluster: readonly Phase[] = ["spread", "pod-network"];

/** One phase of one machine of the cluster. */
export interface PlannedPhase extends MachinePhase<HostSpec, Phase> {
  /** Of the taking out of a machine: nobody answers there any more. */
  dead?: boolean;
}

/** What the cluster is, as the first control plane that answers tells it: one whose etcd answers too, if there is any. */
export function clusterOf(spec: ClusterSpec, gathered: FactsByHost): HostFacts["cluster"] {
  const reports = spec.hosts.flatMap(({ name }) => {
    const facts = gathered.get(name);
    return isKnown(facts) && facts.cluster !== undefined ? [facts.cluster] : [];
  });
  return reports.find(({ members }) => members !== undefined) ?? reports[0];
}

/** What is wanted and what was found, looked at together. */
export class Context {
  readonly cluster: HostFacts["cluster"];
  /** The control plane that speaks for the cluster: the first that answers. */
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

  /** The node that goes by a machine's name, whichever machine that is. */
  node(host: HostSpec): NodeFacts | undefined {
    return this.cluster?.nodes.find(({ name }) => name === host.name);
  }

  /** Whether the cluster has a node of this name that is another machine: the one before it, which is gone. */
  isStale(host: HostSpec): boolean {
    const [node, facts] = [this.node(host), this.facts(host)];
    return facts !== undefined && node !== undefined && node.machineId !== facts.machineId;
  }

  /** Whether a machine is the node that goes by its name, with its part of etcd where it has one. */
  isMember(host: HostSpec): boolean {
    const facts = this.facts(host);
    if (facts?.joined !== true) return false;
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
   * cluster is there to be joined; one that is half made goes on where it was begun, and one that was restored where its
   * data is.
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

  /** Machines that were nodes when the data on this one was backed up, and are not now; absent where none was restored. */
  restored(host: HostSpec): { gone: string[] } | undefined {
    if (this.facts(host)?.marks["restore"] === undefined) return undefined;
    const gone = this.spec.hosts.filter((each) => this.facts(each)?.joined === false);
    return { gone: gone.map(({ name }) => name).filter((name) => name !== host.name) };
  }

  /** A phase that machines do not write down: it is due for what was found, on the machine itself or on one that speaks for it. */
  unmarked(
    phase: Phase,
    host: HostSpec,
    { body, why, on = host }: { body: string; why: string | undefined; on?: HostSpec | undefined },
  ): PlannedPhase {
    const facts = this.facts(on);
    const due = why === undefined || facts === undefined ? {} : { why, run: runOn(facts) };
    return { phase, host, on, body, ...due };
  }
}
