# shellcheck shell=sh
# What a machine is, a line each: `<name> <value>`. It changes nothing; whoever may not become root tells what anybody may know,
# and a program that fails only leaves its line out.
: "${MARKS:?}" "${NOTES:?}" "${FAILURES:?}" "${RUNS:?}" "${NETWORK_PLUGIN:?}" "${CERTIFICATES:?}"
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
has() { command -v "$1" > /dev/null 2>&1; }
echo "time $(date +%s.%N)"
echo "machine-id $(cat /etc/machine-id)"
# shellcheck source=/dev/null # it is the machine's
. /etc/os-release
echo "os $ID ${VERSION_ID:-rolling} $(uname -r) $(uname -m)"
[ "$(id -u)" = 0 ] && echo "root yes"
[ "$(stat -fc %T /sys/fs/cgroup)" = cgroup2fs ] && echo "cgroup v2"
awk 'NR>1{print "swap", $1}' /proc/swaps
# Bit 24 is CAP_SYS_RESOURCE.
[ "$(id -u)" = 0 ] && [ $((0x$(awk '/^CapEff/{print substr($2, 9)}' /proc/self/status) >> 24 & 1)) = 0 ] && echo "confined yes"
[ -d /proc/sys/net/bridge ] || modprobe --dry-run br_netfilter 2> /dev/null || echo "no-module br_netfilter"
grep -qw overlay /proc/filesystems || modprobe --dry-run overlay 2> /dev/null || echo "no-module overlay"
echo "free $(df -Pm /var/lib | awk 'NR==2{print $4}')"
echo "memory $(awk '/^MemTotal/{print int($2/1024)}' /proc/meminfo)"
echo "processors $(nproc)"
ss -Hltnp | awk '{n=split($4,a,":"); p=$6; sub(/^users:\(\("/,"",p); sub(/".*/,"",p); print "listens", a[n], p}' | sort -u

# Programs that are looked for, and what tells the version of each.
has containerd && echo "program containerd $(containerd --version | awk '{print $3}')"
has runc && echo "program runc $(runc --version | awk 'NR==1{print $3}')"
has kubelet && echo "program kubelet $(kubelet --version | awk '{print $2}')"
has kubeadm && echo "program kubeadm $(kubeadm version -o short)"
has kubectl && echo "program kubectl $(kubectl version --client | awk 'NR==1{print $3}')"
has keepalived && echo "program keepalived $(keepalived --version 2>&1 | awk 'NR==1{print $2}')"
has haproxy && echo "program haproxy $(haproxy -v | awk 'NR==1{print $3}')"
has conntrack && echo "program conntrack $(conntrack --version | awk '{print $2}')"
has iptables && echo "program iptables $(iptables --version | awk '{print $2}')"
has "$NETWORK_PLUGIN" && echo "program $NETWORK_PLUGIN $("$NETWORK_PLUGIN" 2>&1 < /dev/null | awk 'NR==1{print $NF}')"
has socat && echo "program socat $(socat -V | awk 'NR==2{print $3}')"
has ethtool && echo "program ethtool $(ethtool --version | awk '{print $3}')"
has curl && echo "program curl $(curl --version | awk 'NR==1{print $2}')"
has openssl && echo "program openssl $(openssl version | awk '{print $2}')"

# tell WHAT FILE…: the files' names and texts, but for what is being written.
tell() {
  what=$1
  shift
  for file; do
    [ -f "$file" ] && case $file in *.new) ;; *) echo "$what ${file##*/} $(cat "$file")" ;; esac
  done
}
tell mark "$MARKS"/*
tell note "$NOTES"/* "$FAILURES"/*
[ -s "$RUNS" ] && echo "runs $(cat "$RUNS")"
ip -o -4 address | awk '{print "network", $4; sub(/\/.*/,"",$4); print "address", $4, $2}'
[ -r /etc/keepalived/keepalived.conf ] && awk '/}/{peers=0} peers{print "peer", $1} /unicast_peer/{peers=1}' /etc/keepalived/keepalived.conf
for service in containerd kubelet keepalived haproxy; do systemctl is-active --quiet "$service" && echo "running $service"; done
[ -s /etc/kubernetes/kubelet.conf ] && echo "joined yes"
for certificate in "$CERTIFICATES"/*.crt "$CERTIFICATES"/etcd/*.crt; do
  case $certificate in */ca.crt | *-ca.crt | *'*'*) ;; *) echo "certificate $(base64 -w0 < "$certificate")" ;; esac
done
for manifest in /etc/kubernetes/manifests/*.yaml; do
  [ -f "$manifest" ] && awk -v part="$(basename "$manifest" .yaml)" '$1 == "image:" {sub(/.*:/, "", $2); print "image", part, $2}' "$manifest"
done
