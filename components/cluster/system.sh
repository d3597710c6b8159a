# shellcheck shell=sh
# Kernel modules, sysctls and the endpoint's name: what kubelet and the pods' network take for granted.
# HOSTS_LINE: of /etc/hosts; what it replaces ends in the same comment.
: "${SYSCTLS:?}" "${HOSTS_LINE:?}"
put 0644 /etc/modules-load.d/slipway.conf 'overlay
br_netfilter'
# Built in where it cannot be loaded: the facts have told that it is there.
for module in overlay br_netfilter; do modprobe "$module" 2> /dev/null || true; done
put 0644 /etc/sysctl.d/90-slipway.conf "$SYSCTLS"
sysctl -q -p /etc/sysctl.d/90-slipway.conf
grep -qx "$HOSTS_LINE" /etc/hosts || {
  sed '/ # slipway$/d' /etc/hosts > /etc/hosts.slipway
  echo "$HOSTS_LINE" >> /etc/hosts.slipway
  cat /etc/hosts.slipway > /etc/hosts
  rm /etc/hosts.slipway
}
