# shellcheck shell=sh
# What every phase of a machine begins with.
# PHASE: what the journal calls it. LOCK: held by the one phase that runs. RUNS: file that counts them, whatever came of them.
# PHASE_MARK: what the machine writes down in PHASE_FILE when it has ended, and passes it over by; empty for what runs each time.
: "${PHASE:?}" "${LOCK:?}" "${RUNS:?}" "${PHASE_MARK?}" "${PHASE_FILE:?}"
set -eu
# An engine that is killed leaves what it had started: the next run waits for that, and finds it done.
exec 9> "$LOCK"
flock -w 900 9 || { echo 'another phase has been running here for 15 minutes; look at: ps -ef --forest' >&2; exit 1; }
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
mkdir -p "$(dirname "$RUNS")"
echo $(($(cat "$RUNS" 2> /dev/null || echo 0) + 1)) > "$RUNS"

say() { logger -t slipway -- "$PHASE" "$1" 2> /dev/null || true; }
# goes PATH: a file that goes when the phase ends, however it does.
going=
goes() { going=$1; }
ended() {
  code=$?
  [ -z "$going" ] || rm -f "$going"
  if [ "$code" = 0 ]; then say ended; else say failed; fi
}
trap ended EXIT
note_mark() {
  [ -n "$PHASE_MARK" ] || return 0
  mkdir -p "$(dirname "$PHASE_FILE")"
  echo "$PHASE_MARK" > "$PHASE_FILE.new"
  mv "$PHASE_FILE.new" "$PHASE_FILE"
}

say begins
if [ -n "$PHASE_MARK" ] && [ "$(cat "$PHASE_FILE" 2> /dev/null)" = "$PHASE_MARK" ]; then
  say 'was done before'
  echo 'done before'
  exit 0
fi
