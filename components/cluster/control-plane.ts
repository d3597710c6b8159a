import { quote } from "../shared/machine/script";
import { apiPort, type ClusterSpec, type HostSpec } from "./spec";

/** Shell function `k` of phases on a control plane: kubectl as the cluster's administrator. */
export const kubectl = `k() { kubectl --kubeconfig /etc/kubernetes/admin.conf "$@"; }`;

/** Shell function `ready`: waits until a control plane's own API server, and with it its etcd, says that it is ready. */
export const apiReady = ({ name, address }: HostSpec): string => `ready() {
  for second in $(seq 180); do
    [ "$(k --server https://${address}:${apiPort} get --raw /readyz 2> /dev/null)" = ok ] && return
    sleep 1
  done
  fail 'the API server of ${name} is not ready after 3 minutes; look on it at: journalctl -u kubelet'
}`;

/** How long kubelet may need for the parts of a control plane, in seconds: each crash of one lets it wait twice as long. */
const patience = 600;
/** For how many seconds on end a control plane is to be whole: a new kubelet takes a few until it begins to replace its parts. */
const settling = 15;

/**
 * Shell text that waits until a node is ready in the cluster's version and stays so: a kubelet of another minor version makes
 * the parts of a control plane anew, etcd among them, after it has said that it is ready. Whoever went on to the next machine
 * then would take away the majority.
 */
export function settled(spec: ClusterSpec, { name, address, role }: HostSpec): string {
  const status = `jsonpath={.status.nodeInfo.kubeletVersion} {.status.conditions[?(@.type=="Ready")].status}`;
  const unready = `jsonpath={range .items[*]}{.metadata.name}={.status.conditions[?(@.type=="Ready")].status} {end}`;
  const plane = role === "control-plane";
  const parts = `
  answer=$(k --request-timeout 5s --server https://${address}:${apiPort} get --raw /readyz 2>&1) || true
  [ "$answer" = ok ] || { lacks="its API server is not ready: $(echo "$answer" | tail -n 3)"; return 1; }
  parts=$(k --request-timeout 5s -n kube-system get pods -l tier=control-plane --field-selector spec.nodeName=${quote(name)} -o ${quote(unready)} 2>&1) || true
  case $parts in *=[!T]*) ;; *=True*) return ;; esac
  lacks="of its parts not every one is ready: $parts"
  return 1`;
  return `whole() {
  answer=$(k --request-timeout 5s get node ${quote(name)} -o ${quote(status)} 2>&1) || true
  [ "$answer" = ${quote(`${spec.version} True`)} ] || { lacks="version and readiness of the node are: $answer"; return 1; }${plane ? parts : ""}
}
lacks= held=0 until=$(($(date +%s) + ${patience}))
until [ "$held" -ge ${plane ? settling : 1} ]; do
  if whole; then held=$((held + 1))
  elif [ "$(date +%s)" -ge "$until" ]; then fail ${quote(`${name} is not ready in ${spec.version} after ${patience / 60} minutes;`)} "$lacks" 'look on it at: journalctl -u kubelet'
  else held=0; fi
  [ "$held" -ge ${plane ? settling : 1} ] || sleep 1
done`;
}
