import { initConfig, joinConfig, placeholders, type NodeArgs } from "./kubeadm";
import { marksFolder, putFile, quote } from "../shared/machine/script";
import { apiPort, type ClusterSpec } from "./spec";

const admin = "/etc/kubernetes/admin.conf";
const kubectl = `kubectl --kubeconfig ${admin}`;

/** Where secrets are for as long as they are needed: in memory, root's alone. */
const secretFolder = "/run/slipway";

/** With the certificates by which a member of etcd is asked, in its pod. */
export const etcdctl = `etcdctl --cacert /etc/kubernetes/pki/etcd/ca.crt --cert /etc/kubernetes/pki/etcd/peer.crt --key /etc/kubernetes/pki/etcd/peer.key`;

/**
 * `kubeadm init`, once for a cluster. Killed half-way, it goes on with what there is: certificates and data stay. The
 * endpoint's address must be up on one of the control planes, for kubeadm asks the API server by it.
 * @param restored that the data of etcd is a backup's, with the objects of the machines that are gone.
 */
export function initBody(
  spec: ClusterSpec,
  node: NodeArgs,
  restored?: { gone: readonly string[] },
): string {
  const { address, port } = spec.endpoint;
  return `${putFile("/etc/kubernetes/slipway-init.yaml", initConfig(spec, node), "0600")}
answers() { timeout 2 bash -c ': < /dev/tcp/${address}/${port}' 2> /dev/null; }
for second in $(seq 30); do answers && break; sleep 1; done
answers || fail 'nothing answers on ${address}:${port}, the address of the endpoint; look at: journalctl -u keepalived -u haproxy'
again=${restored === undefined ? "" : "'--ignore-preflight-errors=DirAvailable--var-lib-etcd --skip-phases=addon'"}
[ -z "$(ls /etc/kubernetes/manifests 2> /dev/null)" ] || again="$again --ignore-preflight-errors=${begunChecks.join(",")}"
kubeadm config validate --config /etc/kubernetes/slipway-init.yaml
kubeadm init --config /etc/kubernetes/slipway-init.yaml --skip-token-print $again > /var/log/slipway-init.log 2>&1 < /dev/null ||
  fail 'kubeadm init failed; its last lines:' "$(tail -n 15 /var/log/slipway-init.log)"${restored === undefined ? "" : begun(restored.gone)}`;
}

/** Checks that a `kubeadm init` which was begun before does not pass. Not `all`: that suffers no other beside it. */
const begunChecks = [
  ...["kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd"].map(
    (part) => `FileAvailable--etc-kubernetes-manifests-${part}.yaml`,
  ),
  "DirAvailable--var-lib-etcd",
  ...[apiPort, 2379, 2380, 10250, 10257, 10259].map((port) => `Port-${port}`),
];

/** A machine that joins must not find that the node it becomes is ready. */
const begun = (gone: readonly string[]): string => `
${gone.length === 0 ? "" : `${kubectl} delete node ${gone.map(quote).join(" ")} --ignore-not-found\n`}rm -f ${marksFolder}/restore`;

/**
 * Lets machines join: a token, the hash of the CA's key, and the key that the control plane's certificates are encrypted
 * by while they wait in the cluster. Printed as JSON; each ends by itself, within two hours.
 */
export const ticketBody = ({ version }: Pick<ClusterSpec, "version">): string => `umask 077
mkdir -p ${secretFolder}
key=$(kubeadm certs certificate-key)
goes=${secretFolder}/upload.yaml
printf '%s\\n' 'apiVersion: kubeadm.k8s.io/v1beta4' 'kind: InitConfiguration' "certificateKey: $key" \\
  --- 'apiVersion: kubeadm.k8s.io/v1beta4' 'kind: ClusterConfiguration' 'kubernetesVersion: ${version}' > ${secretFolder}/upload.yaml
kubeadm init phase upload-certs --upload-certs --config ${secretFolder}/upload.yaml > /dev/null
token=$(kubeadm token create --ttl 2h --kubeconfig ${admin} --description 'slipway: machines that join')
ca=$(openssl x509 -in /etc/kubernetes/pki/ca.crt -pubkey -noout | openssl pkey -pubin -outform der | sha256sum | cut -d' ' -f1)
printf '{"token":"%s","ca":"sha256:%s","key":"%s"}\\n' "$token" "$ca" "$key"`;

/** `kubeadm join`. What a killed one has left is taken back first; a machine that is a whole node already is let be. */
export function joinBody(spec: ClusterSpec, node: NodeArgs): string {
  const { host } = node;
  const { token, ca, key } = placeholders;
  const whole =
    host.role === "control-plane" ? " && [ -s /etc/kubernetes/manifests/etcd.yaml ]" : "";
  return `umask 077
read -r ticket || [ -n "$ticket" ]
field() { printf '%s' "$ticket" | sed -n 's/.*"'"$1"'":"\\([^"]*\\)".*/\\1/p'; }
if kubectl --kubeconfig /etc/kubernetes/kubelet.conf get node ${quote(host.name)} > /dev/null 2>&1${whole}; then
  echo 'is a node already'
else
  [ -e /etc/kubernetes/kubelet.conf ] && kubeadm reset --force > /var/log/slipway-reset.log 2>&1 < /dev/null
  mkdir -p ${secretFolder}
  goes=${secretFolder}/join.yaml
  cat > ${secretFolder}/join.yaml <<'END-OF-JOIN'
${joinConfig(spec, node).trimEnd()}
END-OF-JOIN
  sed -i "s/${token}/$(field token)/; s/${ca}/$(field ca)/; s/${key}/$(field key)/" ${secretFolder}/join.yaml
  kubeadm join --config ${secretFolder}/join.yaml > /var/log/slipway-join.log 2>&1 < /dev/null ||
    fail 'kubeadm join failed; its last lines:' "$(tail -n 15 /var/log/slipway-join.log)"
fi`;
}

/**
 * On a control plane that stays: takes a machine out of the cluster. It is drained while it can be, then its member of etcd
 * goes, then its node. What is gone already is passed over.
 */
export function forgetBody(name: string, { drain }: { drain: boolean }): string {
  const node = quote(name);
  const drained = `${kubectl} get node ${node} > /dev/null 2>&1 &&
  { ${kubectl} drain ${node} --ignore-daemonsets --delete-emptydir-data --timeout 5m > /var/log/slipway-drain.log 2>&1 ||
    fail '${name} could not be drained within 5 minutes; what kept it:' "$(tail -n 15 /var/log/slipway-drain.log)"; }
`;
  return `${drain ? drained : ""}here=$(hostname)
etcd() { ${kubectl} -n kube-system exec "etcd-$here" -- ${etcdctl} "$@"; }
members=$(etcd member list -w simple)
member=$(echo "$members" | awk -F', *' -v name=${node} '$3 == name {print $1}')
[ -z "$member" ] || etcd member remove "$member"
${kubectl} delete node ${node} --ignore-not-found`;
}

/** On the machine itself, when the cluster has forgotten it. */
export const resetBody = `kubeadm reset --force > /var/log/slipway-reset.log 2>&1 < /dev/null
for service in keepalived haproxy slipway-routes; do systemctl disable -q --now "$service" 2>/dev/null || true; done
rm -rf /etc/cni/net.d/10-slipway.conflist /var/lib/slipway/phases
ip link delete cni0 2>/dev/null || true`;

/** Prints the kubeconfig of an administrator, with the endpoint by its address: no name server has to know its name. */
export const kubeconfigBody = ({ endpoint }: Pick<ClusterSpec, "endpoint">): string =>
  `sed 's#^\\( *server:\\) .*#\\1 https://${endpoint.address}:${endpoint.port}#' ${admin}`;
