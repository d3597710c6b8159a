# shellcheck shell=sh
# HAProxy in front of all API servers, and the virtual address that one of the control planes has: the text of each one's
# configuration.
: "${HAPROXY:?}" "${KEEPALIVED:?}"
put 0644 /etc/haproxy/haproxy.cfg "$HAPROXY"
haproxy -c -q -f /etc/haproxy/haproxy.cfg
put 0644 /etc/keepalived/keepalived.conf "$KEEPALIVED"
keepalived -t -f /etc/keepalived/keepalived.conf
systemctl enable -q haproxy keepalived
for service in haproxy keepalived; do
  if changed "/etc/$service/"; then systemctl reload-or-restart "$service"; else systemctl start "$service"; fi
done
