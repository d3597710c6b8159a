# shellcheck shell=sh
# `kubeadm init`, once for a cluster. Killed half-way, it goes on with what there is: certificates and data stay. The endpoint's
# address must be up on one of the control planes, for kubeadm asks the API server by it.
# CONFIG: kubeadm's. BEGUN_CHECKS: those that one which was begun before does not pass. RESTORED: whether the data of etcd is a
# backup's, with the objects of the machines in GONE.
: "${CONFIG:?}" "${ADDRESS:?}" "${PORT:?}" "${BEGUN_CHECKS:?}" "${RESTORED?}" "${GONE?}" "${MARKS:?}"
put 0600 /etc/kubernetes/slipway-init.yaml "$CONFIG"
answers() { timeout 2 bash -c ": < /dev/tcp/$ADDRESS/$PORT" 2> /dev/null; }
for _ in $(seq 30); do answers && break; sleep 1; done
answers || fail "nothing answers on $ADDRESS:$PORT, the address of the endpoint; look at: journalctl -u keepalived -u haproxy"
set --
[ -z "$RESTORED" ] || set -- --ignore-preflight-errors=DirAvailable--var-lib-etcd --skip-phases=addon
[ -z "$(ls /etc/kubernetes/manifests 2> /dev/null)" ] || set -- "$@" --ignore-preflight-errors="$BEGUN_CHECKS"
kubeadm config validate --config /etc/kubernetes/slipway-init.yaml
kubeadm init --config /etc/kubernetes/slipway-init.yaml --skip-token-print "$@" > /var/log/slipway-init.log 2>&1 < /dev/null ||
  fail 'kubeadm init failed; its last lines:' "$(tail -n 15 /var/log/slipway-init.log)"
if [ -n "$RESTORED" ]; then
  # A machine that joins must not find that the node it becomes is ready.
  # shellcheck disable=SC2086 # names of nodes
  [ -z "$GONE" ] || k delete node $GONE --ignore-not-found
  rm -f "$MARKS/restore"
fi
