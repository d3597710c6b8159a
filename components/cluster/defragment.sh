# shellcheck shell=sh
# On a control plane: its member of etcd gives back the room of what was deleted. Where the room had come to an end (FULL), the
# alarm goes, which lets nobody write: old versions first, then the room of every member, for one that is still full would raise
# the alarm again.
: "${NODE:?}" "${SERVER:?}" "${FULL?}"
asked() { etcd "$NODE" --command-timeout 120s "$@"; }
if [ -n "$FULL" ]; then
  revision=$(asked endpoint status -w json | sed 's/.*"revision":\([0-9]*\).*/\1/')
  asked compact --physical "$revision" 2>&1 || true
  # A member that is down writes nothing.
  asked defrag --cluster || asked defrag
  asked alarm disarm
else
  asked defrag
fi
ready "$NODE" "$SERVER"
k annotate node "$NODE" --overwrite slipway/defragmented=yes || {
  [ -z "$FULL" ] || echo 'etcd is full of what is in use: delete what nobody needs, which works even now, and run this again; kubectl get --raw /metrics | grep apiserver_storage_objects tells of what there is most' >&2
  exit 1
}
