import { script } from "../shared/shell";
import { settled } from "./control-plane";
import type { NodeArgs } from "./kubeadm";
import { clusterPackages, packageName } from "./packages";
import type { ClusterSpec, HostSpec } from "../shared/cluster-spec";
import { onControlPlane } from "../shared/machine/control-plane";

/** On a control plane: no new pod comes to a node, and those that are there go elsewhere. */
export const drainBody = (host: HostSpec, { seconds }: { seconds: number }): string =>
  [
    onControlPlane(),
    script("components/cluster/drain.sh", { NODE: host.name, SECONDS_LEFT: seconds }),
  ].join("\n");

/** On the machine itself: kubeadm brings the control plane to the version, the first one the cluster with it; then kubelet. */
export const upgradeBody = (spec: ClusterSpec, { host, cgroup }: NodeArgs): string =>
  [
    clusterPackages(spec),
    script("components/cluster/upgrade.sh", {
      VERSION: spec.version,
      KUBEADM: packageName(spec, "kubeadm"),
      KUBELET: packageName(spec, "kubelet"),
      KUBECTL: packageName(spec, "kubectl"),
      PLANE: host.role === "control-plane" ? "yes" : "",
      IGNORE: cgroup === "v1" ? "--ignore-preflight-errors=SystemVerification" : "",
    }),
  ].join("\n");

/** On a control plane: waits until a node is whole in the version, and lets pods come back where it was us who sent them away. */
export const uncordonBody = (spec: ClusterSpec, host: HostSpec): string =>
  [
    onControlPlane(),
    settled(spec, host),
    script("components/cluster/uncordon.sh", { NODE: host.name, VERSION: spec.version }),
  ].join("\n");
