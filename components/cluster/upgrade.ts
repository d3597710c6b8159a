import { quote } from "../shared/machine/script";
import { kubectl, settled } from "./control-plane";
import type { NodeArgs } from "./kubeadm";
import { installBody } from "./packages";
import type { ClusterSpec, HostSpec } from "./spec";

/**
 * On a control plane: no new pod comes to a node, and those that are there go elsewhere. The node remembers that this was
 * done from here, and how far it came; one that somebody else has cordoned is left cordoned in the end.
 */
export function drainBody(host: HostSpec, { seconds }: { seconds: number }): string {
  const node = quote(host.name);
  return `${kubectl}
state=$(k get node ${node} -o jsonpath='{.spec.unschedulable} {.metadata.annotations.slipway/cordoned}')
case $state in "true ") ours= ;; *) ours=yes ;; esac
[ -z "$ours" ] || k patch node ${node} --type merge -p '{"spec":{"unschedulable":true},"metadata":{"annotations":{"slipway/cordoned":"draining"}}}'
k drain ${node} --ignore-daemonsets --delete-emptydir-data --timeout ${seconds}s > /var/log/slipway-drain.log 2>&1 ||
  fail '${host.name} could not be drained within ${seconds} s; what kept it:' "$(tail -n 15 /var/log/slipway-drain.log)"
[ -z "$ours" ] || k annotate node ${node} --overwrite slipway/cordoned=drained`;
}

/**
 * On the machine itself: kubeadm brings the control plane to the version, the first one the cluster with it, and then kubelet
 * starts anew. Both programs are there by then: put there by somebody, or installed here, each in its turn.
 */
export function upgradeBody(spec: ClusterSpec, { host, cgroup }: NodeArgs): string {
  const version = quote(spec.version);
  const ignore = cgroup === "v1" ? " --ignore-preflight-errors=SystemVerification" : "";
  const apply = `now=$(kubectl --kubeconfig /etc/kubernetes/admin.conf -n kube-system get configmap kubeadm-config -o jsonpath='{.data.ClusterConfiguration}' | sed -n 's/^kubernetesVersion: //p')
[ "$now" = ${version} ] || set -- apply --yes ${version}
`;
  return `${installBody(spec, ["kubeadm"])}
[ "$(kubeadm version -o short)" = ${version} ] || fail "kubeadm here is $(kubeadm version -o short), not ${spec.version}"
set -- node
${host.role === "control-plane" ? apply : ""}kubeadm upgrade "$@"${ignore} > /var/log/slipway-upgrade.log 2>&1 < /dev/null ||
  fail "kubeadm upgrade $* failed; its last lines:" "$(tail -n 15 /var/log/slipway-upgrade.log)"
${installBody(spec, ["kubelet", "kubectl"])}
[ "$(kubelet --version)" = ${quote(`Kubernetes ${spec.version}`)} ] || fail "kubelet here is $(kubelet --version), not ${spec.version}"
systemctl daemon-reload
systemctl restart kubelet`;
}

/** On a control plane: waits until a node is whole in the version, and lets pods come back where it was us who sent them away. */
export function uncordonBody(spec: ClusterSpec, host: HostSpec): string {
  const node = quote(host.name);
  return `${kubectl}
${settled(spec, host)}
if [ -n "$(k get node ${node} -o jsonpath='{.metadata.annotations.slipway/cordoned}')" ]; then
  k patch node ${node} --type merge -p '{"spec":{"unschedulable":null},"metadata":{"annotations":{"slipway/cordoned":null}}}'
fi
k annotate node ${node} --overwrite slipway/upgraded=${quote(spec.version)}`;
}
