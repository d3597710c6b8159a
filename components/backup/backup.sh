# shellcheck shell=sh
# Backs up the folder DATA: the checksums of its files first, in MANIFEST, then both. KEEP: what of restic lets old ones go.
: "${DATA:?}" "${MANIFEST:?}" "${KEEP:?}"
begin
list_sums "$DATA" "$MANIFEST"
back_up --exclude lost+found "$DATA" "$MANIFEST"
# shellcheck disable=SC2086 # words of restic
patiently $KEEP > /dev/null
