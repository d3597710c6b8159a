# shellcheck shell=sh
# Restores the newest snapshot into FOLDER, compares every file with its checksum, and writes down the result.
: "${DATA:?}" "${MANIFEST:?}" "${FOLDER:?}"
begin
newest=$(restic snapshots --json --tag "$TAG" --host "$HOST" | sed -n 's/.*"short_id":"\([0-9a-f]*\)".*/\1/p')
[ -n "$newest" ] || fail 'there is no backup to drill'
rm -rf "$FOLDER"
result=ok
{ patiently restore "$newest" --target "$FOLDER" && compare "$FOLDER$DATA" "$FOLDER$MANIFEST"; } || result=failed
rm -rf "$FOLDER"
note_drill "$result" "$newest"
[ "$result" = ok ] || fail "the newest backup, $newest, is not what was backed up"
