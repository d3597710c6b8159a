# shellcheck shell=sh
# Starts a service, as its timer does, and shows what it says until it ends: the journal of the one run, whoever has started it.
: "${UNIT:?}"
code=0
[ "$(systemctl show -P LoadState "$UNIT")" = loaded ] || { echo 'it is not set up: pulumi up does' >&2; exit 1; }
journalctl -q -f -n 0 -o cat -u "$UNIT" & tail=$!
trap 'kill $tail' EXIT
sleep 0.3
systemctl start "$UNIT" 2> /dev/null || code=1
sleep 0.7
exit $code
