# shellcheck shell=sh
# Waits until a node is ready in the cluster's version and stays so: a kubelet of another minor version makes the parts of a
# control plane anew, etcd among them, after it has said that it is ready. Whoever went on to the next machine then would take
# away the majority.
# SERVER: its own API server; empty for a worker. PATIENCE: seconds that kubelet may need. SETTLING: for how many on end it is
# to be whole.
: "${NODE:?}" "${VERSION:?}" "${SERVER?}" "${PATIENCE:?}" "${SETTLING:?}"
whole() {
  answer=$(k --request-timeout 5s get node "$NODE" \
    -o 'jsonpath={.status.nodeInfo.kubeletVersion} {.status.conditions[?(@.type=="Ready")].status}' 2>&1) || true
  [ "$answer" = "$VERSION True" ] || { lacks="version and readiness of the node are: $answer"; return 1; }
  [ -n "$SERVER" ] || return 0
  answer=$(k --request-timeout 5s --server "$SERVER" get --raw /readyz 2>&1) || true
  [ "$answer" = ok ] || { lacks="its API server is not ready: $(echo "$answer" | tail -n 3)"; return 1; }
  parts=$(k --request-timeout 5s -n kube-system get pods -l tier=control-plane --field-selector "spec.nodeName=$NODE" \
    -o 'jsonpath={range .items[*]}{.metadata.name}={.status.conditions[?(@.type=="Ready")].status} {end}' 2>&1) || true
  case $parts in *=[!T]*) ;; *=True*) return ;; esac
  lacks="of its parts not every one is ready: $parts"
  return 1
}
lacks='' held=0 until=$(($(date +%s) + PATIENCE))
until [ "$held" -ge "$SETTLING" ]; do
  if whole; then
    held=$((held + 1))
  elif [ "$(date +%s)" -ge "$until" ]; then
    fail "$NODE is not ready in $VERSION after $((PATIENCE / 60)) minutes;" "$lacks" 'look on it at: journalctl -u kubelet'
  else
    held=0
  fi
  [ "$held" -ge "$SETTLING" ] || sleep 1
done
