#!/bin/sh
# Turns a fresh Debian root ($1) into the disk that every host of a lab starts with. What is a host's own (names, keys, ids)
# comes later, with the host.
set -eu
root=$1

inside() { chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root "$@"; }

# No password opens these accounts, a key does: one may become root, the other may not.
inside useradd --create-home --shell /bin/bash --password '*' --uid 1000 ops
inside useradd --create-home --shell /bin/bash --password '*' --uid 1001 guest
echo 'ops ALL=(ALL) NOPASSWD: ALL' >"$root/etc/sudoers.d/ops"
chmod 440 "$root/etc/sudoers.d/ops"
printf '%s\n' 'PasswordAuthentication no' 'HostKey /etc/ssh/ssh_host_ed25519_key' >"$root/etc/ssh/sshd_config.d/lab.conf"

# Whoever sets a host up enables these, with a configuration.
inside systemctl --quiet disable haproxy keepalived
# Devices, disks and screens are the machine's that the hosts run on; nothing is reached that apt could ask.
inside systemctl --quiet mask systemd-udevd systemd-udev-trigger systemd-pstore \
  apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer e2scrub_reap fstrim.timer getty@tty1 systemd-resolved

rm -f "$root"/etc/ssh/ssh_host_* "$root/var/lib/dbus/machine-id" "$root/etc/resolv.conf" "$root/etc/hostname"
: >"$root/etc/machine-id"
rm -f "$root/etc/apt/sources.list" "$root"/var/cache/apt/*.bin
rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*
rm -rf "$root"/usr/share/doc/* "$root"/usr/share/man/* "$root"/usr/share/locale/*
# Where Kubernetes looks for network plugins.
mkdir -p "$root/opt/cni"
ln -s /usr/lib/cni "$root/opt/cni/bin"
# What the hosts' disks are joined to.
mkdir -p "$root/var/lib/containerd" "$root/var/lib/etcd" "$root/var/lib/kubelet"
