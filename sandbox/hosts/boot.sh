# shellcheck shell=sh
# What a host finds before its init: run as its first process, then becomes init.
set -eu

# The kubelet mounts for others to see.
mount --make-rshared /

# Settings of the whole machine are not the host's to change; those of its network are.
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
# The kubelet wants these values and would set them: it finds them set. They may be written, for this host's eyes only.
show 1 sys/vm/overcommit_memory
show 0 sys/vm/panic_on_oom
show 10 sys/kernel/panic
show 1 sys/kernel/panic_on_oops
show 1000000 sys/kernel/keys/root_maxkeys
show 25000000 sys/kernel/keys/root_maxbytes
# Hosts of a machine room have no swap, whatever the machine has that they run on.
show 'Filename				Type		Size		Used		Priority' swaps

exec /sbin/init
