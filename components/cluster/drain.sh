# shellcheck shell=sh
# On a control plane: no new pod comes to a node, and those that are there go elsewhere. The node remembers that this was done
# from here, and how far it came; one that somebody else has cordoned is left cordoned in the end.
: "${NODE:?}" "${SECONDS_LEFT:?}"
state=$(k get node "$NODE" -o jsonpath='{.spec.unschedulable} {.metadata.annotations.slipway/cordoned}')
case $state in "true ") ours='' ;; *) ours=yes ;; esac
[ -z "$ours" ] || k patch node "$NODE" --type merge -p '{"spec":{"unschedulable":true},"metadata":{"annotations":{"slipway/cordoned":"draining"}}}'
k drain "$NODE" --ignore-daemonsets --delete-emptydir-data --timeout "${SECONDS_LEFT}s" > /var/log/slipway-drain.log 2>&1 ||
  fail "$NODE could not be drained within $SECONDS_LEFT s; what kept it:" "$(tail -n 15 /var/log/slipway-drain.log)"
[ -z "$ours" ] || k annotate node "$NODE" --overwrite slipway/cordoned=drained
