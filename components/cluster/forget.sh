# shellcheck shell=sh
# On a control plane that stays: takes a machine out of the cluster. It is drained while it can be, if DRAIN says so, then its
# member of etcd goes, then its node. What is gone already is passed over.
: "${NODE:?}" "${DRAIN?}"
if [ -n "$DRAIN" ] && k get node "$NODE" > /dev/null 2>&1; then
  k drain "$NODE" --ignore-daemonsets --delete-emptydir-data --timeout 5m > /var/log/slipway-drain.log 2>&1 ||
    fail "$NODE could not be drained within 5 minutes; what kept it:" "$(tail -n 15 /var/log/slipway-drain.log)"
fi
# Its pod is called after the node, which the machine's own name need not be.
here=$(sed -n 's/^ *- --name=//p' /etc/kubernetes/manifests/etcd.yaml)
members=$(etcd "$here" member list -w simple)
member=$(echo "$members" | awk -F', *' -v name="$NODE" '$3 == name {print $1}')
[ -z "$member" ] || etcd "$here" member remove "$member"
k delete node "$NODE" --ignore-not-found
