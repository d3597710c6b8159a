#!/bin/sh
# The lab from inside its namespaces. Everything mounted or set here vanishes with them.
#
# lab.sh init COMMAND…   first process: makes the bridge, then runs the command (the registry) to the lab's end
# lab.sh uplink          takes the link to the machine itself
# lab.sh run HOST        runs a host until it ends; again, if it has only restarted
# lab.sh kill HOST       ends everything in it at once; its disk stays
# lab.sh cut|heal HOST   its link
# lab.sh install HOST FOLDER PROGRAM…   programs of a folder, to the disk of a running host
# Environment: LAB (directory of the lab). init: GATEWAY, STORE, LAYER and WORK (where the registry keeps its images).
set -eu

init() {
  mount -t tmpfs -o mode=755 slipway /run
  mkdir /run/netns /run/runc /run/lab
  mount -t overlay -o "lowerdir=$STORE,upperdir=$LAYER,workdir=$WORK" registry "$LAB/registry"

  ip link set lo up
  # Frames between hosts pass the bridge only, never a filter.
  [ ! -e /proc/sys/net/bridge ] || echo 0 >/proc/sys/net/bridge/bridge-nf-call-iptables
  # A MAC address of its own: otherwise the bridge uses that of a port, and another one when that host is killed; neighbours
  # that know the old one then get no answer for half a minute.
  ip link add lan address 02:00:00:00:00:fe type bridge
  ip address add "$GATEWAY/24" dev lan
  ip link set lan up
  # The hosts' default route ends here: connections to the outside fail at once.
  echo 1 >/proc/sys/net/ipv4/ip_forward
  echo 0 >/proc/sys/net/ipv4/icmp_ratelimit
  echo 0 >/proc/sys/net/ipv4/conf/all/send_redirects
  echo 0 >/proc/sys/net/ipv4/conf/lan/send_redirects
}

uplink() {
  ip link set uplink master lan
  ip link set uplink up
}

# A network of its own, and its disk: its root is laid over Debian's.
setup() {
  ip netns add "$1"
  ip link add "$PORT" type veth peer name eth0 address "$MAC" netns "$1"
  ip link set "$PORT" master lan
  ip link set "$PORT" up
  ip -n "$1" link set lo up
  ip -n "$1" address add "$ADDRESS/24" dev eth0
  ip -n "$1" link set eth0 up
  ip -n "$1" route add default via "$GATEWAY"
  mount -o loop "$2/disk.img" "$2/disk"
  mount -t overlay -o "lowerdir=$LOWER,upperdir=$2/disk/root,workdir=$2/disk/work" "$1" "$2/root"
}

teardown() {
  runc --root /run/runc delete --force "$1" 2>/dev/null || :
  umount "$2/root" 2>/dev/null || :
  umount "$2/disk" 2>/dev/null || :
  # Processes that the kernel is still ending may hold the network: the link is removed at once.
  ip link delete "$PORT" 2>/dev/null || :
  ip netns delete "$1" 2>/dev/null || :
}

run() {
  folder=$LAB/hosts/$1
  # shellcheck source=/dev/null # each host has its own
  . "$folder/host.env"
  running=/run/lab/$1
  # A running host stays as it is.
  (set -C && : >"$running") 2>/dev/null || return 0
  trap 'rm -f "$running"' EXIT
  while :; do
    teardown "$1" "$folder"
    setup "$1" "$folder"
    code=0
    runc --root /run/runc run --bundle "$folder" "$1" || code=$?
    # A restart ends the first process by SIGHUP, see reboot(2).
    [ "$code" = 129 ] || break
  done
  teardown "$1" "$folder"
}

kill_host() {
  for _ in $(seq 300); do
    [ -e "/run/lab/$1" ] || return 0
    runc --root /run/runc kill "$1" KILL 2>/dev/null || :
    sleep 0.1
  done
  echo "$1 does not end" >&2
  return 1
}

# A port in this state passes no frames; the host at its other end still sees a link.
cable() {
  # shellcheck source=/dev/null
  . "$LAB/hosts/$2/host.env"
  bridge link set dev "$PORT" state "$1"
}

# Each is renamed into place; running processes keep the old file.
install_programs() {
  bin=$LAB/hosts/$1/root/usr/local/bin
  from=$2
  shift 2
  for program in "$@"; do
    cp "$from/$program" "$bin/.$program"
    mv "$bin/.$program" "$bin/$program"
  done
}

command=$1
shift
case "$command" in
init)
  init
  exec tini -- "$@"
  ;;
uplink) uplink ;;
run) run "$1" ;;
kill) kill_host "$1" ;;
install) install_programs "$@" ;;
cut) cable 0 "$1" ;;
heal) cable 3 "$1" ;;
esac
