# shellcheck shell=sh
# Keeps kubelet from removing images, lets it, and removes some; by their names, of which those that are gone are passed over.
# LABEL: what kubelet goes by.
: "${PIN?}" "${UNPIN?}" "${REMOVE?}" "${LABEL:?}"
set -eu
images() { ctr --namespace k8s.io images "$@" > /dev/null; }
for name in $PIN; do images label "$name" "$LABEL=pinned"; done
for name in $UNPIN; do images label "$name" "$LABEL="; done
for name in $REMOVE; do images rm "$name"; done
