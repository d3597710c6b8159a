# shellcheck shell=sh
# On a control plane: applies the manifests that come by standard input, and waits for the nodes to be ready, which they are
# when their pods have a network. The cluster remembers by MANIFESTS which they were.
: "${MANIFESTS:?}"
k apply --server-side --force-conflicts --field-manager slipway -f - > /var/log/slipway-pod-network.log 2>&1 ||
  fail 'kubectl apply of the manifests failed; its last lines:' "$(tail -n 15 /var/log/slipway-pod-network.log)"
k wait --for=condition=Ready nodes --all --timeout 300s > /dev/null ||
  fail 'not every node was ready within 5 minutes:' "$(k get nodes)" "$(k get pods -A -o wide | grep -v Running)"
k annotate namespace kube-system --overwrite slipway/pod-network="$MANIFESTS"
