# shellcheck shell=sh
# On a control plane: new certificates, which its parts take up as kubelet starts each anew. The API server ends before its etcd:
# one that is left without is slow to end, and slow to find it again. The other control planes serve meanwhile. The node remembers
# how often. RENEWING: a file that is there while the certificates are new and not in use yet.
: "${NODE:?}" "${SERVER:?}" "${TIME:?}" "${RENEWING:?}"
mkdir -p "$(dirname "$RENEWING")"
: > "$RENEWING"
kubeadm certs renew all > /var/log/slipway-renew.log 2>&1 < /dev/null ||
  fail 'kubeadm certs renew failed; its last lines:' "$(tail -n 15 /var/log/slipway-renew.log)"
running() { pgrep -f "^$1 " | tr '\n' ' '; }
# As patient as kubelet with a part that ends.
end() {
  old=$(running "$1")
  [ -n "$old" ] || return 0
  # shellcheck disable=SC2086 # process ids
  kill $old 2> /dev/null || true
  # shellcheck disable=SC2086
  for _ in $(seq 300); do kill -0 $old 2> /dev/null || return 0; sleep 0.1; done
  # shellcheck disable=SC2086
  kill -9 $old 2> /dev/null || true
}
parts='kube-controller-manager kube-scheduler kube-apiserver etcd'
for part in $parts; do end "$part"; done
for part in $parts; do
  for _ in $(seq 120); do [ -z "$(running "$part")" ] || break; sleep 0.5; done
done
ready "$NODE" "$SERVER"
k annotate node "$NODE" --overwrite slipway/renewed="$TIME"
rm "$RENEWING"
