# shellcheck shell=sh
# First process of a host: prepares its environment, then becomes init.
set -eu

# Mounts of the kubelet must be visible to others.
mount --make-rshared /

# A host must not change settings of the whole machine, only those of its network.
mkdir -p /run/machine
show() {
  [ -e "/proc/$2" ] || return 0
  file=/run/machine/$(echo "$2" | tr / .)
  printf '%s\n' "$1" >"$file"
  mount --bind "$file" "/proc/$2"
}
mount --bind /proc/sys /proc/sys
mount --bind /proc/sys/net /proc/sys/net
mount -o remount,bind,ro /proc/sys
# The kubelet would set these values: it finds them set. Writing them affects this host only.
show 1 sys/vm/overcommit_memory
show 0 sys/vm/panic_on_oom
show 10 sys/kernel/panic
show 1 sys/kernel/panic_on_oops
show 1000000 sys/kernel/keys/root_maxkeys
show 25000000 sys/kernel/keys/root_maxbytes
# Hosts of a machine room have no swap, even if this machine has.
show 'Filename				Type		Size		Used		Priority' swaps

exec /sbin/init
