# shellcheck shell=sh
# On a control plane: lets pods come back to a node where it was us who sent them away. It remembers the version it is in.
: "${NODE:?}" "${VERSION:?}"
if [ -n "$(k get node "$NODE" -o jsonpath='{.metadata.annotations.slipway/cordoned}')" ]; then
  k patch node "$NODE" --type merge -p '{"spec":{"unschedulable":null},"metadata":{"annotations":{"slipway/cordoned":null}}}'
fi
k annotate node "$NODE" --overwrite slipway/upgraded="$VERSION"
