# shellcheck shell=sh
# Has an edge follow its certificates, by a timer of its own. Standard input has its login to the cluster, for SETTINGS. What is
# wrong with a Secret is no reason to stop an update: perhaps nobody has made it yet.
# PROGRAM: text of COMMAND, which SERVICE runs. KEPT: notes that stay, of those whose names begin with PREFIX.
: "${SETTINGS:?}" "${NOTES:?}" "${PREFIX:?}" "${KEPT:?}"
: "${COMMAND:?}" "${PROGRAM:?}" "${SERVICE:?}" "${UNIT:?}" "${TIMER:?}"
rm -rf "$SETTINGS.new"
unpack "$SETTINGS.new"
{ [ -s "$SETTINGS.new/authorization" ] && [ -s "$SETTINGS.new/ca.crt" ]; } || fail 'no login to the cluster came with it'
rm -rf "$SETTINGS"
mv "$SETTINGS.new" "$SETTINGS"
for note in "$NOTES/$PREFIX"*; do
  is_in "${note##*/}" "$KEPT" || rm -f "$note"
done
put 0755 "$COMMAND" "$PROGRAM"
put 0644 "/etc/systemd/system/$SERVICE.service" "$UNIT"
put 0644 "/etc/systemd/system/$SERVICE.timer" "$TIMER"
systemctl daemon-reload
systemctl enable -q "$SERVICE.timer"
systemctl restart "$SERVICE.timer"
"$COMMAND" held || systemctl start --no-block "$SERVICE"
