# shellcheck shell=sh
# What a control plane's API server and etcd say, a line for each answer. Where the first question has none, etcd has lost its
# majority or the server is not there: each further one would only take its whole time-out too.
: "${CERTIFICATES:?}"
k() { timeout 10 kubectl --kubeconfig /etc/kubernetes/admin.conf "$@" 2> /dev/null; }
# Its pod is called after the node, which the machine's own name need not be.
member=$(sed -n 's/^ *- --name=//p' /etc/kubernetes/manifests/etcd.yaml 2> /dev/null)
etcd() {
  k -n kube-system exec "etcd-$member" -- etcdctl --cacert "$CERTIFICATES/etcd/ca.crt" \
    --cert "$CERTIFICATES/etcd/peer.crt" --key "$CERTIFICATES/etcd/peer.key" "$@"
}
# What nodes remember of what was done to them from here, one annotation each.
remembered=
for note in labelled cordoned upgraded renewed defragmented; do
  remembered="$remembered {.metadata.annotations.slipway/$note}"
done
node='node {.metadata.name} {.status.nodeInfo.machineID} {.status.nodeInfo.kubeletVersion} {.status.conditions[?(@.type=="Ready")].status} {.spec.unschedulable}'
if [ -s /etc/kubernetes/admin.conf ] && has kubectl && k get nodes -o jsonpath="{range .items[*]}$node$remembered{\"\\n\"}{end}"; then
  echo "answers yes"
  k -n kube-system get configmap kubeadm-config -o jsonpath='{.data.ClusterConfiguration}' | awk '/podSubnet:/{print "pods", $2}'
  k -n kube-system get pods -l k8s-app=kube-dns -o jsonpath='{range .items[*]}dns {.spec.nodeName}{"\n"}{end}'
  k get namespace kube-system -o jsonpath='pod-network {.metadata.annotations.slipway/pod-network}{"\n"}edge-reader {.metadata.annotations.slipway/edge-reader}{"\n"}'
  echo "etcd $(etcd endpoint status -w json)"
  etcd member list -w simple | awk -F', *' '{print "member", $1, $3, $2}'
fi
