import { textHash } from "../shared/machine/script";
import type { PlanningContext, PlannedClusterPhase } from "./context";
import { podNetworkBody } from "./network";
import { drainBody, uncordonBody, upgradeBody } from "./upgrade";
import { defragmentBody, renewBody, renewing, spreadBody } from "./upkeep";
import { activeHosts, type HostSpec } from "../shared/cluster-spec";

/**
 * Maintenance of an existing cluster, in steps: each waits for all steps before it, and within one step machines run in parallel.
 * A phase that ran for a node stays declared, because the node has its mark.
 */
export function operationsOf(context: PlanningContext): PlannedClusterPhase[][] {
  const members = activeHosts(context.spec).filter((host) => !context.isStale(host));
  const planes = members.filter(({ role }) => role === "control-plane");
  const workers = members.filter(({ role }) => role === "worker");
  const { workersAtOnce } = context.spec.drain;
  const batches = workers.filter((_, index) => index % workersAtOnce === 0);
  const leaderLast = [...planes].sort((a, b) => leads(context, a) - leads(context, b));
  return [
    podNetworked(context),
    ...planes.map((host) => renewed(context, host)),
    ...leaderLast.map((host) => defragmented(context, host)),
    ...planes.map((host) => upgraded(context, host)),
    ...batches.map((_, batch) =>
      workers
        .slice(batch * workersAtOnce, (batch + 1) * workersAtOnce)
        .flatMap((host) => upgraded(context, host)),
    ),
    spread(context),
  ].filter((step) => step.length > 0);
}

/** Applies the manifests of a third-party pod network; the cluster remembers which. */
function podNetworked(context: PlanningContext): PlannedClusterPhase[] {
  const { cluster, spec, primaryControlPlane } = context;
  if (primaryControlPlane === undefined || spec.podNetwork === "routes") return [];
  const mark = textHash(spec.podNetwork.manifests);
  const why =
    cluster?.podNetwork === mark
      ? undefined
      : cluster?.podNetwork === undefined
        ? "pods of different machines do not reach each other yet"
        : "the manifests of the pods' network have changed";
  return [
    context.unmarked("pod-network", primaryControlPlane, { body: podNetworkBody(mark), why }),
  ];
}

/** The version of a node that differs from the wanted one; undefined where it does not. */
export function outdated(context: PlanningContext, host: HostSpec): string | undefined {
  const { version } = context.spec;
  const [node, facts] = [context.node(host), context.facts(host)];
  if (node === undefined || context.isStale(host)) return undefined;
  const api = facts?.images["kube-apiserver"];
  return [node.version, api].find((each) => each !== undefined && each !== version);
}

/** Drains a node, upgrades it, and uncordons it when it is healthy. */
function upgraded(context: PlanningContext, host: HostSpec): PlannedClusterPhase[] {
  const { spec, primaryControlPlane: on } = context;
  const [node, facts] = [context.node(host), context.facts(host)];
  if (node === undefined) return [];
  const from = facts === undefined ? undefined : outdated(context, host);
  const why = from === undefined ? undefined : `${from} becomes ${spec.version}`;
  if (why === undefined && node.cordoned === undefined && node.upgraded === undefined) return [];
  const drained = node.unschedulable && node.cordoned === "drained";
  const back = why ?? (node.cordoned === undefined ? undefined : "pods may come back");
  const seconds = spec.drain.timeoutSeconds;
  const body = upgradeBody(spec, { host, cgroup: facts?.cgroup ?? "v2" });
  return [
    // Without another node there is nowhere to drain to: pods stay until kubelet restarts them.
    ...(activeHosts(spec).length === 1
      ? []
      : [
          context.unmarked("drain", host, {
            body: drainBody(host, { seconds }),
            on,
            why: drained ? undefined : why,
          }),
        ]),
    context.unmarked("upgrade", host, { body, why }),
    context.unmarked("uncordon", host, { body: uncordonBody(spec, host), why: back, on }),
  ];
}

/** Number of renewals of the control planes' certificates, planned ones included. */
export const renewals = (context: PlanningContext): number =>
  activeHosts(context.spec, "control-plane")
    .filter((host) => !context.isStale(host))
    .map((host) => renewalOf(context, host).time)
    .reduce((sum, time) => sum + time, 0);

function renewalOf(
  context: PlanningContext,
  host: HostSpec,
): { time: number; why: string | undefined } {
  const [node, facts] = [context.node(host), context.facts(host)];
  const days = facts?.certificateDays;
  const soon = days !== undefined && days < context.spec.renewBelowDays;
  const due = node !== undefined && (soon || facts?.marks[renewing] !== undefined);
  const why = due ? `its certificates end in ${days ?? 0} days` : undefined;
  return { time: (node?.renewed ?? 0) + (due ? 1 : 0), why };
}

function renewed(context: PlanningContext, host: HostSpec): PlannedClusterPhase[] {
  const { time, why } = renewalOf(context, host);
  if (time === 0) return [];
  return [context.unmarked("renew", host, { body: renewBody(host, time), why })];
}

/** Sorts the leader of etcd after all other control planes, because a busy leader causes an election. */
const leads = (context: PlanningContext, host: HostSpec): number =>
  context.facts(host)?.etcd?.leads === true ? 1 : 0;

function defragmented(context: PlanningContext, host: HostSpec): PlannedClusterPhase[] {
  const [node, etcd] = [context.node(host), context.facts(host)?.etcd];
  const { below, above } = context.spec.defragment;
  const mebibytes = (bytes: number): number => Math.round(bytes / 1024 / 1024);
  const loose =
    etcd !== undefined && etcd.size > above * 1024 * 1024 && etcd.inUse / etcd.size < below;
  const full = etcd?.full === true;
  const why = full
    ? "etcd has no room left"
    : loose
      ? `etcd uses ${mebibytes(etcd.inUse)} of the ${mebibytes(etcd.size)} MiB that it takes`
      : undefined;
  if (node === undefined || (why === undefined && !node.defragmented)) return [];
  return [context.unmarked("defragment", host, { body: defragmentBody(host, { full }), why })];
}

/** Spreads CoreDNS over two nodes at least: kubeadm puts both pods on the first. */
function spread(context: PlanningContext): PlannedClusterPhase[] {
  const { cluster, spec, primaryControlPlane } = context;
  const open = activeHosts(spec).filter(({ taints }) => taints.length === 0);
  const known = open.filter((host) => context.facts(host) !== undefined);
  if (primaryControlPlane === undefined || open.length < 2) return [];
  const dns = cluster?.dns ?? [];
  const together = dns.length > 1 && new Set(dns).size === 1;
  // In a new cluster their nodes are not known yet.
  const begun =
    cluster === undefined || (dns.length === 0 && !open.every((each) => context.isMember(each)));
  const why = known.length > 1 && (begun || together) ? "CoreDNS is on one machine" : undefined;
  return [context.unmarked("spread", primaryControlPlane, { body: spreadBody(), why })];
}
