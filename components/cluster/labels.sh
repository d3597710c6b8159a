# shellcheck shell=sh
# On a control plane: gives a node its labels and taints, and takes away those that it had from here before. The node remembers
# the keys of both, and by MARK what all of it was.
: "${NODE:?}" "${LABELS?}" "${LABEL_KEYS?}" "${TAINTS?}" "${TAINT_KEYS?}" "${MARK:?}"

# give KIND KEYS WORD…: labels, or taints.
give() {
  kind=$1 keys=$2
  shift 2
  old=$(k get node "$NODE" -o jsonpath="{.metadata.annotations.slipway/${kind}s}")
  for key in $old; do
    is_in "$key" "$keys" || k "$kind" node "$NODE" "$key-" > /dev/null 2>&1 || true
  done
  [ $# = 0 ] || k "$kind" node "$NODE" --overwrite "$@"
  k annotate node "$NODE" --overwrite "slipway/${kind}s=$keys"
}
# shellcheck disable=SC2086 # words, none of which can have a blank
give label "$LABEL_KEYS" $LABELS
# shellcheck disable=SC2086 # these too
give taint "$TAINT_KEYS" $TAINTS
k annotate node "$NODE" --overwrite "slipway/labelled=$MARK"
