import { marksFolder } from "../shared/machine/script";
import { script } from "../shared/shell";
import { initConfig, joinConfig, type NodeArgs } from "./kubeadm";
import { apiPort, type ClusterSpec } from "../shared/cluster-spec";
import { onControlPlane } from "../shared/machine/control-plane";

/** Folder for temporary secrets: in memory; only root may read it. */
const secretFolder = "/run/slipway";

/**
 * `kubeadm init`, once for a cluster.
 * @param restored etcd's data comes from a backup, with the objects of the machines that are gone.
 */
export function initBody(
  spec: ClusterSpec,
  node: NodeArgs,
  restored?: { gone: readonly string[] },
): string {
  const body = script("components/cluster/init.sh", {
    CONFIG: initConfig(spec, node),
    ADDRESS: spec.endpoint.address,
    PORT: spec.endpoint.port,
    BEGUN_CHECKS: begunChecks.join(","),
    RESTORED: restored === undefined ? "" : "yes",
    GONE: restored?.gone.join(" ") ?? "",
    MARKS: marksFolder,
  });
  return `${onControlPlane()}\n${body}`;
}

/** Preflight checks that a repeated `kubeadm init` fails. Not `all`, which kubeadm does not accept together with others. */
const begunChecks = [
  ...["kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd"].map(
    (part) => `FileAvailable--etc-kubernetes-manifests-${part}.yaml`,
  ),
  "DirAvailable--var-lib-etcd",
  ...[apiPort, 2379, 2380, 10250, 10257, 10259].map((port) => `Port-${port}`),
];

/** Prints the credentials for joins as JSON. */
export const ticketBody = ({ version }: Pick<ClusterSpec, "version">): string =>
  script("components/cluster/ticket.sh", { VERSION: version, FOLDER: secretFolder });

/** `kubeadm join`, by the ticket on standard input. */
export const joinBody = (spec: ClusterSpec, node: NodeArgs): string =>
  script("components/cluster/join.sh", {
    NODE: node.host.name,
    CONFIG: joinConfig(spec, node),
    FOLDER: secretFolder,
    PART: `/etc/kubernetes/${node.host.role === "control-plane" ? "manifests/etcd.yaml" : "kubelet.conf"}`,
  });

/** On a control plane that stays: removes a machine from the cluster, drained where possible. */
export function forgetBody(name: string, { drain }: { drain: boolean }): string {
  const body = script("components/cluster/forget.sh", { NODE: name, DRAIN: drain ? "yes" : "" });
  return `${onControlPlane()}\n${body}`;
}

/** On the machine itself, after its removal from the cluster. */
export const resetBody = (): string => script("components/cluster/reset.sh");

/** Prints the kubeconfig of an administrator, with the endpoint's address in place of its name, which needs no DNS. */
export const kubeconfigBody = ({ endpoint }: Pick<ClusterSpec, "endpoint">): string =>
  `sed 's#^\\( *server:\\) .*#\\1 https://${endpoint.address}:${endpoint.port}#' /etc/kubernetes/admin.conf`;
