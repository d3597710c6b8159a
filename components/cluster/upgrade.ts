import { script } from "../shared/shell";
import { settled } from "./control-plane";
import type { NodeArgs } from "./kubeadm";
import { clusterPackages, packageName } from "./packages";
import type { ClusterSpec, HostSpec } from "../shared/cluster-spec";
import { onControlPlane } from "../shared/machine/control-plane";

/** On a control plane: cordons and drains a node. */
export const drainBody = (host: HostSpec, { seconds }: { seconds: number }): string =>
  [
    onControlPlane(),
    script("components/cluster/drain.sh", { NODE: host.name, SECONDS_LEFT: seconds }),
  ].join("\n");

/** On the machine itself: kubeadm upgrades the node, on the first control plane also the cluster; then kubelet. */
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

/** On a control plane: waits until a node is healthy in the version, and uncordons it where Slipway cordoned it. */
export const uncordonBody = (spec: ClusterSpec, host: HostSpec): string =>
  [
    onControlPlane(),
    settled(spec, host),
    script("components/cluster/uncordon.sh", { NODE: host.name, VERSION: spec.version }),
  ].join("\n");
