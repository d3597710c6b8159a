#!/bin/sh
# First process inside the sandbox's new namespaces: sets them up, then becomes their init, which runs the command given as
# arguments. Everything it mounts or sets vanishes with the namespaces.
#
# stage one: mounts, while the network namespace is still the host's
# stage two: network, in a new one
# Environment: CGROUPS (cgroup.procs files to join), NODE_NAME, NODE_ADDRESS, DNS_ADDRESS, SERVICES.
set -eu

mounts() {
  for procs in $CGROUPS; do echo 0 >"$procs"; done

  # Daemons write to fixed paths: mounted here, so that they do not write to the host.
  for folder in /run /var/lib /var/log; do mount -t tmpfs -o mode=755 slipway "$folder"; done
  mkdir /run/netns /run/sysctl /run/cgroup
  mount --rbind /sys/fs/cgroup /run/cgroup

  # The host's network namespace, for the one process that listens on its loopback.
  : >/run/netns/host
  mount --bind /proc/self/ns/net /run/netns/host

  # The sandbox's own server resolves names; the host's cannot be reached.
  resolver=$(readlink -m /etc/resolv.conf)
  echo "nameserver $DNS_ADDRESS" >/run/resolv.conf
  case "$resolver" in
  /run/*) mkdir -p "$(dirname "$resolver")" && : >"$resolver" ;;
  esac
  [ ! -e "$resolver" ] || mount --bind /run/resolv.conf "$resolver"

  # The kubelet would set these values for the whole machine: it finds them set, and sets nothing.
  wanted vm/overcommit_memory 1
  wanted kernel/panic 10
  wanted kernel/panic_on_oops 1
  wanted kernel/keys/root_maxkeys 1000000
  wanted kernel/keys/root_maxbytes 25000000
}

wanted() {
  file="/run/sysctl/$(echo "$1" | tr / .)"
  echo "$2" >"$file"
  mount --bind "$file" "/proc/sys/$1"
}

network() {
  # A /sys that shows the devices of this network namespace.
  mount -t sysfs sysfs /sys
  mount --move /run/cgroup /sys/fs/cgroup
  # Containers may ask for mounts that propagate; still nothing leaves these namespaces.
  mount --make-rshared /

  hostname "$NODE_NAME"
  echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6
  ip link set lo up
  ip address add "$NODE_ADDRESS/32" dev lo
  ip address add "$DNS_ADDRESS/32" dev lo
  # Addresses of Services are translated only after a route to them was found. There is no other route out: connections fail
  # at once.
  ip route add "$SERVICES" dev lo src "$NODE_ADDRESS"
  echo 0 >/proc/sys/net/ipv4/icmp_ratelimit
  echo 0 >/proc/sys/net/ipv4/conf/all/send_redirects
  echo 0 >/proc/sys/net/ipv4/conf/default/send_redirects
}

case "$1" in
mounts)
  mounts
  shift
  exec unshare --net -- sh "$0" network "$@"
  ;;
network)
  network
  shift
  exec tini -- "$@"
  ;;
esac
