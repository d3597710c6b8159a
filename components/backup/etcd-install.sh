# shellcheck shell=sh
# Sets a control plane up to back itself up, by timers of its own. Standard input has what opens the repository, for SETTINGS.
# PROGRAM: text of COMMAND, which works in STATE. NOTE: tells when the last backup was, in the folder NOTES.
: "${SETTINGS:?}" "${STATE:?}" "${COMMAND:?}" "${PROGRAM:?}" "${NOTES:?}" "${NOTE:?}"
command -v restic > /dev/null || fail 'restic is not installed'
rm -rf "$SETTINGS.new"
unpack "$SETTINGS.new"
[ -s "$SETTINGS.new/env" ] || fail 'no secrets came with it'
(umask 077; mkdir -p "$STATE")
rm -rf "$SETTINGS"
mv "$SETTINGS.new" "$SETTINGS"
put 0755 "$COMMAND" "$PROGRAM"
# From now on a backup is waited for.
mkdir -p "$NOTES"
[ -e "$NOTES/$NOTE" ] || echo "$(date +%s) none" > "$NOTES/$NOTE"
