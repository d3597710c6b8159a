# shellcheck shell=sh
# What an edge's HAProxy reads: PROXY, a link to the directory of files that held last. UNIT: text that tells the distribution's
# unit, in DROP_IN, what is different here. BINDS: addresses with ports that HAProxy has to listen on in the end.
: "${PROXY:?}" "${DROP_IN:?}" "${UNIT:?}" "${BINDS:?}"

# change_proxy: calls `change` in a copy, has HAProxy look whether that holds, and only then puts it in the place of the old one,
# and has it read without a connection dropped. One that does not hold is gone again; one that HAProxy cannot serve makes way
# for the old one.
change_proxy() {
  before=$(readlink "$PROXY" || true)
  # What a killed run left.
  for each in "$PROXY"-*; do [ "$each" = "$before" ] || rm -rf "$each"; done
  next=$(mktemp -d "$PROXY-XXXXXXXX")
  [ -z "$before" ] || cp -a "$before/." "$next"
  cd "$next" || exit
  change
  cd / || exit
  haproxy -c -f "$next" > /dev/null || { rm -rf "$next"; fail 'HAProxy refuses the new configuration, and goes on with the old one'; }
  rm -f "$PROXY.new"
  lead "$next"
  put 0644 "$DROP_IN" "$UNIT"
  systemctl daemon-reload
  old=$(workers)
  take_up || true
  # A reload only asks for new workers: until they are there, the old ones go on as before.
  for _ in $(seq 300); do if serves; then break; fi; sleep 0.1; done
  serves || {
    [ -z "$before" ] || { lead "$before"; rm -rf "$next"; take_up || true; }
    journalctl -u haproxy -n 5 -o cat --no-pager | grep -v '^{' >&2 || true
    fail 'HAProxy cannot serve the new configuration, and goes on with the old one where there was any'
  }
  [ -z "$before" ] || rm -rf "$before"
}

lead() { ln -s "$1" "$PROXY.new"; mv -T "$PROXY.new" "$PROXY"; }
reads() { systemctl is-active -q haproxy && tr '\0' ' ' < "/proc/$(systemctl show -p MainPID --value haproxy)/cmdline" | grep -q " $PROXY "; }
take_up() { if reads; then systemctl reload haproxy; else systemctl reset-failed haproxy; systemctl restart haproxy; fi; }
listens() { ss -Hltn | awk -v bind="$1" '$4 == bind { found = 1 } END { exit !found }'; }
# workers: the processes of HAProxy that take connections.
workers() { ss -Hltnp | grep '"haproxy"' | grep -o 'pid=[0-9]*' | sort -u || true; }
serves() {
  systemctl is-active --quiet haproxy || return 1
  for bind in $BINDS; do listens "$bind" || return 1; done
  [ -z "$old" ] || ! workers | grep -qxF "$old"
}
