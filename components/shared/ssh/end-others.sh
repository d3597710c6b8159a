# shellcheck shell=sh
# Ends whatever else this connection has started on the host, each with its process group.
: "${SIGNAL:?}"
for f in /proc/[0-9]*/stat; do
  read -r line < "$f" || continue
  pid=${line%% *}
  # shellcheck disable=SC2086 # fields
  set -- ${line##*) }
  [ "$2" = "$PPID" ] && [ "$pid" != "$$" ] && kill -s "$SIGNAL" -- "-$pid"
done 2> /dev/null
