# shellcheck shell=sh
# On the machine itself, when the cluster has forgotten it.
kubeadm reset --force > /var/log/slipway-reset.log 2>&1 < /dev/null
for service in keepalived haproxy slipway-routes; do systemctl disable -q --now "$service" 2> /dev/null || true; done
rm -rf /etc/cni/net.d/10-slipway.conflist /var/lib/slipway/phases
ip link delete cni0 2> /dev/null || true
