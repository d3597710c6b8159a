# shellcheck shell=sh
# Puts SNAPSHOT over what is in the folder DATA: restored beside it first, and compared with MANIFEST; only then does the old
# content go. May run again after a kill at any moment.
: "${DATA:?}" "${MANIFEST:?}" "${SNAPSHOT:?}"
begin
beside=$DATA/.slipway-restore
rm -rf "$beside"
patiently restore "$SNAPSHOT" --target "$beside"
compare "$beside$DATA" "$beside$MANIFEST" || fail 'what was restored is not what was backed up; nothing was replaced'
find "$DATA" -mindepth 1 -maxdepth 1 ! -name .slipway-restore ! -name lost+found -exec rm -rf {} +
find "$beside$DATA" -mindepth 1 -maxdepth 1 -exec mv {} "$DATA" \;
rm -rf "$beside"
echo 'restored'
