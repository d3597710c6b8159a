# shellcheck shell=sh
# `kubeadm join`, by the ticket on standard input. What a killed one has left is taken back first; a machine that is a whole node
# already is let be. CONFIG: kubeadm's, with @TOKEN@, @CA@ and @KEY@ for what only the ticket tells. FOLDER: in memory, root's
# alone. PART: what a whole node has.
: "${NODE:?}" "${CONFIG:?}" "${FOLDER:?}" "${PART:?}"
umask 077
read -r ticket || [ -n "$ticket" ]
field() { printf '%s' "$ticket" | sed -n 's/.*"'"$1"'":"\([^"]*\)".*/\1/p'; }
if kubectl --kubeconfig /etc/kubernetes/kubelet.conf get node "$NODE" > /dev/null 2>&1 && [ -s "$PART" ]; then
  echo 'is a node already'
else
  [ -e /etc/kubernetes/kubelet.conf ] && kubeadm reset --force > /var/log/slipway-reset.log 2>&1 < /dev/null
  mkdir -p "$FOLDER"
  goes "$FOLDER/join.yaml"
  printf '%s\n' "$CONFIG" > "$FOLDER/join.yaml"
  sed -i "s/@TOKEN@/$(field token)/; s/@CA@/$(field ca)/; s/@KEY@/$(field key)/" "$FOLDER/join.yaml"
  kubeadm join --config "$FOLDER/join.yaml" > /var/log/slipway-join.log 2>&1 < /dev/null ||
    fail 'kubeadm join failed; its last lines:' "$(tail -n 15 /var/log/slipway-join.log)"
fi
