import { staying, type ClusterSpec, type HostSpec } from "../cluster/spec";
import { isKnown, type FoundHosts } from "../shared/machine/facts";
import { phaseOf, type MachinePhase } from "../shared/machine/phase";
import { etcdBody, type EtcdArgs } from "./etcd";
import { etcdStanding, type EtcdStanding } from "./etcd-standing";

/** Where images come from unless a stack names another place. */
const publicImages = "registry.k8s.io";

/** What the backup of etcd is planned from. */
export interface EtcdPlanArgs {
  spec: EtcdArgs["spec"];
  cluster: ClusterSpec;
  found: FoundHosts;
  /** What changes with the secrets that a machine is given, and tells nothing of them. */
  seal: (host: HostSpec) => string;
  now: Date;
}

/** How the backup of etcd is set up, and how it stands. */
export interface EtcdPlan extends EtcdStanding {
  phases: readonly MachinePhase<HostSpec, "backup">[];
  /** A line for each control plane that is to be set up. */
  lines: readonly string[];
}

/** Decides what has to be done on each control plane; pure. */
export function planEtcd(args: EtcdPlanArgs): EtcdPlan {
  const { spec, cluster, found, seal, now } = args;
  const planes = staying(cluster, "control-plane");
  const phases = planes.map((host, rank) => {
    const body = etcdBody({
      ...{ spec, name: host.name, address: host.address, version: cluster.version },
      ...{ images: cluster.imageRepository ?? publicImages, rank, planes: planes.length },
    });
    const facts = found.get(host.name);
    const known = isKnown(facts) ? facts : undefined;
    const key = `${body}\n${seal(host)}`;
    return phaseOf({ phase: "backup", host, body, key, facts: known, lacking: [] });
  });
  return {
    phases,
    lines: phases.flatMap(({ host, why }) =>
      why === undefined ? [] : [`${host.name}: backup of etcd: ${why}`],
    ),
    ...etcdStanding({
      ...{ found, now, schedule: spec.etcd.schedule, planes: planes.map(({ name }) => name) },
    }),
  };
}
