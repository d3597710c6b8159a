# shellcheck shell=sh
# Steps of scripts that back up, restore and prove, for whatever runs them: a pod, a timer of a machine, `slipway backup`. They
# find secrets in their environment and in files; restic does all else.
# HOST: what snapshots are found by, whatever machine the source is read on. OPTIONS: of every call, quoted for a shell.
# TAG, UNFINISHED, DRILL: what snapshots are called by.
# PATIENCE: how often a repository that another run holds is asked again. PROGRESS: tells how far it is; both may be unset.
: "${HOST:?}" "${OPTIONS?}" "${TAG:?}" "${UNFINISHED:?}" "${DRILL:?}"
set -eu
export LC_ALL=C
umask 077
files=0 bytes=0 moving=0

# begin: makes a folder to work in, which goes in the end.
begin() {
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
}

say() { printf '%s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }
restic() { eval "command restic $OPTIONS \"\$@\""; }

# Waits while another run holds the repository. A lock goes when its process is dead, or has not renewed it for half an hour.
patiently() {
  left=${PATIENCE:-60}
  while :; do
    { { ended=0; restic "$@" 2>&1 >&3 3>&- || ended=$?; echo "$ended" > "$work/code"; } | tee "$work/errors" >&2; } 3>&1
    code=$(cat "$work/code")
    # Where the disk had no room even for that.
    code=${code:-1}
    grep -q 'already locked' "$work/errors" && [ "$left" -gt 0 ] || return "$code"
    left=$((left - 1))
    restic unlock > /dev/null
    [ -z "$(restic list --no-lock locks)" ] || { say 'another run holds the repository: waiting'; sleep 5; }
  done
}

# list_sums DATA MANIFEST: its time is when the first file was read; what is newer was written meanwhile.
list_sums() {
  mkdir -p "$(dirname "$2")"
  # Whoever else backs up the same folder here waits until we have ended: there is one list. A pod has its own, and no flock.
  exec 9> "$2.lock"
  ! command -v flock > /dev/null || flock 9
  touch "$2.started"
  # What cannot be read is told by restic.
  (cd "$1" && find . -name lost+found -prune -o -type f -print0 | sort -z | xargs -0 -r sha256sum 2> /dev/null) > "$2.new" || true
  touch -r "$2.started" "$2.new"
  mv "$2.new" "$2"
  rm "$2.started"
}

# back_up ARGUMENTS…: a snapshot is a backup when all was read, not before.
back_up() {
  tries=3
  while :; do
    run="run-$(od -An -N6 -tx1 /dev/urandom | tr -d ' \n')"
    attempt "$@"
    # Files that went away between being listed and being read.
    { [ "$code" = 3 ] && [ "$tries" -gt 1 ]; } || break
    tries=$((tries - 1))
    say 'not all could be read: once more'
  done
  [ "$code" != 3 ] || fail 'some of it cannot be read, see above: this is no backup'
  [ "$code" = 0 ] || exit "$code"
  patiently tag --host "$HOST" --tag "$UNFINISHED,$run" --set "$TAG" > "$work/tagged"
  grep -q 'modified tags on 1 ' "$work/tagged" || fail 'the snapshot is gone again: this is no backup'
}
attempt() {
  code=0
  snapshot "$@" || code=$?
  [ "$code" = 1 ] && grep -q 'Is there a repository' "$work/errors" && grep -qE 'key does not exist|bucket does not exist|file does not exist|no such file' "$work/errors" || return 0
  say 'a new repository'
  # Somebody else may have made it meanwhile.
  restic init > /dev/null || say 'it could not be made'
  code=0
  snapshot "$@" || code=$?
}
snapshot() { patiently backup ${PROGRESS:+--json} --host "$HOST" --tag "$UNFINISHED,$run" "$@"; }

# counted: what compare has found.
counted() { printf '{"files":%s,"bytes":%s,"moving":%s}\n' "$files" "$bytes" "$moving"; }

# compare DATA MANIFEST: whether each file is what its checksum says, but for those that changed while they were backed up.
compare() {
  bad=0 moving=0 files=0 bytes=$(find "$1" -type f -exec stat -c %s {} + | awk '{ sum += $1 } END { printf "%.0f", sum }')
  [ -e "$2" ] || { say 'it has no list of checksums'; return 1; }
  files=$(find "$1" -type f | wc -l)
  listed=$(wc -l < "$2")
  (cd "$1" && sha256sum -c "$2" 2> /dev/null) | grep ': FAILED' > "$work/compared" || true
  while IFS= read -r line; do
    name=${line%: FAILED*}
    # shellcheck disable=SC3013 # busybox and dash have it
    if [ "$1/$name" -nt "$2" ] || { [ ! -e "$1/$name" ] && [ "$(dirname "$1/$name")" -nt "$2" ]; }; then
      moving=$((moving + 1))
    else
      bad=$((bad + 1))
      say "$line"
    fi
  done < "$work/compared"
  [ "$files" -le "$listed" ] || moving=$((moving + files - listed))
  [ "$bad" = 0 ]
}

# note_drill RESULT SNAPSHOT
note_drill() {
  printf '{"at":"%s","snapshot":"%s","files":%s,"bytes":%s,"moving":%s,"ok":%s}\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$2" \
    "$files" "$bytes" "$moving" "$([ "$1" = ok ] && echo true || echo false)" > "$work/drill.json"
  cat "$work/drill.json"
  patiently backup -q --host "$HOST" --tag "$DRILL,$1" --stdin --stdin-filename drill.json < "$work/drill.json"
  patiently forget --tag "$DRILL" --group-by host --keep-last 12 > /dev/null
  # What was given up. Another run's may be on its way, but nothing takes a day.
  patiently forget --tag "$UNFINISHED" --group-by host --keep-within 1d > /dev/null
}
