import { isKnown, type FactsByHost } from "../shared/machine/facts";
import { phaseOf, type MachinePhase } from "../shared/machine/phase";
import { etcdBody, type EtcdArgs } from "./etcd";
import { etcdStatus, type EtcdStatus } from "./etcd-status";
import { activeHosts, type ClusterSpec, type HostSpec } from "../shared/cluster-spec";

/** Registry of Kubernetes' images unless a stack names another one. */
const publicImages = "registry.k8s.io";

/** What the backup of etcd is planned from. */
export interface EtcdPlanArgs {
  /** Target, schedule and retention of etcd's backup. */
  spec: EtcdArgs["spec"];
  /** The cluster whose control planes take the backups. */
  cluster: ClusterSpec;
  /** Facts, by the names of the machines. */
  gathered: FactsByHost;
  /** A hash that changes with a machine's secrets, and does not reveal them. */
  seal: (host: HostSpec) => string;
  /** The present time. */
  now: Date;
}

/** Phases that set up the backup of etcd, and its status. */
export interface EtcdPlan extends EtcdStatus {
  phases: readonly MachinePhase<HostSpec, "backup">[];
  /** A line for each control plane that is to be set up. */
  lines: readonly string[];
}

/** Decides what has to be done on each control plane; pure. */
export function planEtcd(args: EtcdPlanArgs): EtcdPlan {
  const { spec, cluster, gathered, seal, now } = args;
  const planes = activeHosts(cluster, "control-plane");
  const phases = planes.map((host, rank) => {
    const body = etcdBody({
      spec,
      name: host.name,
      address: host.address,
      version: cluster.version,
      images: cluster.imageRepository ?? publicImages,
      rank,
      planes: planes.length,
    });
    const facts = gathered.get(host.name);
    const known = isKnown(facts) ? facts : undefined;
    const key = `${body}\n${seal(host)}`;
    return phaseOf({ phase: "backup", host, body, key, facts: known, lacking: [] });
  });
  return {
    phases,
    lines: phases.flatMap(({ host, why }) =>
      why === undefined ? [] : [`${host.name}: backup of etcd: ${why}`],
    ),
    ...etcdStatus({
      gathered,
      now,
      schedule: spec.etcd.schedule,
      planes: planes.map(({ name }) => name),
    }),
  };
}
