# shellcheck shell=sh
# Sets a machine's routes; those of one that leaves stay until it is no longer named.
# OTHERS: `pods machine`, a line each. PODS: its own part of NETWORK. PROTOCOL: number of the routes that are ours, so that those
# of machines which are gone can go.
: "${OTHERS?}" "${PODS:?}" "${NETWORK:?}" "${PROTOCOL:?}"
set -eu
wanted=
while read -r pods machine; do
  [ -n "$pods" ] || continue
  ip route replace "$pods" via "$machine" proto "$PROTOCOL"
  wanted="$wanted $pods"
done << END
$OTHERS
END
for old in $(ip -o route show proto "$PROTOCOL" | awk '{print $1}'); do
  case "$wanted " in *" $old "*) ;; *) ip route del "$old" proto "$PROTOCOL" ;; esac
done
# What leaves the pods' network goes by the machine's own address; between pods nothing is hidden.
set -- POSTROUTING -s "$PODS" ! -d "$NETWORK" -j MASQUERADE
iptables -t nat -C "$@" 2> /dev/null || iptables -t nat -A "$@"
