# shellcheck shell=sh
# Ends what `follow.sh` has begun, where it has: FOLLOWING is the mark of it. FILES: what goes with it.
: "${SERVICE:?}" "${FOLLOWING:?}" "${FILES:?}"
if [ -e "$FOLLOWING" ]; then
  systemctl disable -q --now "$SERVICE.timer"
  systemctl stop "$SERVICE"
  # shellcheck disable=SC2086 # paths and patterns
  rm -rf $FILES "$FOLLOWING"
  systemctl daemon-reload
fi
