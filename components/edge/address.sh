# shellcheck shell=sh
# keepalived on an edge, with the text of its configuration.
: "${FILE:?}" "${CONFIG:?}"
put 0644 "$FILE.next" "$CONFIG"
keepalived -t -f "$FILE.next"
rm "$FILE.next"
put 0644 "$FILE" "$CONFIG"
systemctl enable -q keepalived
systemctl reload-or-restart keepalived
