# shellcheck shell=sh
# Functions of phases on a control plane.

# k ARGUMENT…: kubectl as the cluster's administrator.
k() { kubectl --kubeconfig /etc/kubernetes/admin.conf "$@"; }

# etcd CONTROL-PLANE ARGUMENT…: asks its member of etcd, in its pod.
etcd() {
  plane=$1
  shift
  k -n kube-system exec "etcd-$plane" -- etcdctl --cacert /etc/kubernetes/pki/etcd/ca.crt \
    --cert /etc/kubernetes/pki/etcd/peer.crt --key /etc/kubernetes/pki/etcd/peer.key "$@"
}

# ready CONTROL-PLANE SERVER: waits until its own API server, and with it its etcd, says that it is ready.
ready() {
  for _ in $(seq 180); do
    [ "$(k --server "$2" get --raw /readyz 2> /dev/null)" = ok ] && return
    sleep 1
  done
  fail "the API server of $1 is not ready after 3 minutes; look on it at: journalctl -u kubelet"
}
