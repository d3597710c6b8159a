# shellcheck shell=sh
# A machine's part of the pods' network, and its routes to the others'.
: "${CNI:?}" "${ROUTES:?}" "${UNIT:?}"
put 0644 /etc/cni/net.d/10-slipway.conflist "$CNI"
put 0755 /usr/local/lib/slipway/routes "$ROUTES"
put 0644 /etc/systemd/system/slipway-routes.service "$UNIT"
if changed /etc/systemd/system/slipway-routes.service; then systemctl daemon-reload; fi
systemctl enable -q slipway-routes
systemctl restart slipway-routes
