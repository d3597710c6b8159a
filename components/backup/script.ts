import { quote } from "../shared/machine/script";
import { forgetArgs, type ResticAccess } from "./restic";
import { manifestName, tags, type DrillResult, type Keep } from "./spec";

/**
 * Shell text that backs up, restores and proves, for whatever runs it: a pod, a timer of a machine, `slipway backup`. It finds
 * secrets in its environment and in files; restic does all else.
 */
export interface ScriptArgs {
  /** Arguments of every call of restic. */
  options: ResticAccess["options"];
  /** What snapshots are found by: the source's name, whatever machine it is read on. */
  host: string;
}

/** A folder, and where the list of its checksums is written: a path that stays the same, for it is in each snapshot. */
export interface Source {
  data: string;
  manifest: string;
}

/** Backs up a folder: the checksums of its files first, then both; what is older than `keep` goes. */
export const backupFolder = (args: ScriptArgs & { source: Source; keep: Keep }): string => {
  const { data, manifest } = args.source;
  return lines(
    prelude(args),
    `list_sums ${quote(data)} ${quote(manifest)}`,
    `back_up --exclude lost+found ${quote(data)} ${quote(manifest)}`,
    tidy(args.keep),
  );
};

/** Restores a snapshot into a folder that is empty or not there, with the paths that it was taken by. */
export const restoreInto = (args: ScriptArgs & { snapshot: string; folder: string }): string =>
  lines(prelude(args), `patiently restore ${quote(args.snapshot)} --target ${quote(args.folder)}`);

/** Restores the newest snapshot into a scratch folder, compares every file with its checksum, and writes down the result. */
export const drillFolder = (args: ScriptArgs & { source: Source; scratch: string }): string => {
  const { source, scratch } = args;
  return lines(
    prelude(args),
    `newest=$(restic snapshots --json --tag ${tags.backup} --host ${quote(args.host)} | sed -n 's/.*"short_id":"\\([0-9a-f]*\\)".*/\\1/p')`,
    `[ -n "$newest" ] || fail 'there is no backup to drill'`,
    `rm -rf ${quote(`${scratch}/drill`)}`,
    "result=ok files=0 bytes=0 moving=0",
    `patiently restore "$newest" --target ${quote(`${scratch}/drill`)} && compare ${quote(`${scratch}/drill${source.data}`)} ${quote(`${scratch}/drill${source.manifest}`)} || result=failed`,
    `rm -rf ${quote(`${scratch}/drill`)}`,
    `note_drill "$result" "$newest"`,
    `[ "$result" = ok ] || fail "the newest backup, $newest, is not what was backed up"`,
  );
};

/**
 * Puts a snapshot over what is in a folder: restored beside it first, and compared; only then does the old content go. May run
 * again after a kill at any moment.
 */
export const restoreOver = (args: ScriptArgs & { source: Source; snapshot: string }): string => {
  const { data, manifest } = args.source;
  const beside = `${data}/.slipway-restore`;
  return lines(
    prelude(args),
    `rm -rf ${quote(beside)}`,
    `patiently restore ${quote(args.snapshot)} --target ${quote(beside)}`,
    `compare ${quote(beside + data)} ${quote(beside + manifest)} || fail 'what was restored is not what was backed up; nothing was replaced'`,
    `find ${quote(data)} -mindepth 1 -maxdepth 1 ! -name .slipway-restore ! -name lost+found -exec rm -rf {} +`,
    `find ${quote(beside + data)} -mindepth 1 -maxdepth 1 -exec mv {} ${quote(data)} \\;`,
    `rm -rf ${quote(beside)}`,
    "echo 'restored'",
  );
};

/** Reads a repository: its structure, and what of its data the arguments of `restic check` say. */
export const checkRepository = (args: ScriptArgs & { data: string }): string =>
  lines(prelude(args), `patiently check ${quote(args.data)}`);

/** Compares a folder with a list of checksums that was restored with it; says each file that differs. */
export const compareFolder = (args: ScriptArgs & { data: string; manifest: string }): string =>
  lines(prelude(args), `compare ${quote(args.data)} ${quote(args.manifest)}`, counted);

/** Writes down how a drill ended that was not the script's own. */
export const noteDrill = (
  args: ScriptArgs & Pick<DrillResult, "files" | "bytes" | "moving" | "ok" | "snapshot">,
): string => {
  const { files, bytes, moving, ok, snapshot } = args;
  return lines(
    prelude(args),
    `files=${files} bytes=${bytes} moving=${moving}`,
    `note_drill ${ok ? "ok" : "failed"} ${quote(snapshot)}`,
  );
};

const counted = `printf '{"files":%s,"bytes":%s,"moving":%s}\\n' "$files" "$bytes" "$moving"`;

/** Lets go of what is older than `keep`, and of runs that were given up. */
export const tidy = (keep: Keep): string =>
  `patiently ${forgetArgs(keep).map(quote).join(" ")} > /dev/null`;

const lines = (...parts: readonly string[]): string => `${parts.join("\n")}\n`;

/** What each script begins with: restic with its options, and the steps that all of them are made of. */
export const prelude = ({ options, host }: ScriptArgs): string => `set -eu
export LC_ALL=C
umask 077
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
say() { printf '%s\\n' "$*" >&2; }
fail() { say "$*"; exit 1; }
restic() { command restic ${options.map(quote).join(" ")} "$@"; }

# Waits while another run holds the repository. A lock goes when its process is dead, or has not renewed it for half an hour.
patiently() {
  left=\${PATIENCE:-60}
  while :; do
    { { ended=0; restic "$@" 2>&1 >&3 3>&- || ended=$?; echo "$ended" > "$work/code"; } | tee "$work/errors" >&2; } 3>&1
    code=$(cat "$work/code")
    # Where the disk had no room even for that.
    code=\${code:-1}
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
    run="run-$(od -An -N6 -tx1 /dev/urandom | tr -d ' \\n')"
    attempt "$@"
    # Files that went away between being listed and being read.
    [ "$code" = 3 ] && [ "$tries" -gt 1 ] || break
    tries=$((tries - 1))
    say 'not all could be read: once more'
  done
  [ "$code" != 3 ] || fail 'some of it cannot be read, see above: this is no backup'
  [ "$code" = 0 ] || exit "$code"
  patiently tag --host ${quote(host)} --tag "${tags.unfinished},$run" --set ${tags.backup} > "$work/tagged"
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
snapshot() { patiently backup \${PROGRESS:+--json} --host ${quote(host)} --tag "${tags.unfinished},$run" "$@"; }

# compare DATA MANIFEST: whether each file is what its checksum says, but for those that changed while they were backed up.
compare() {
  bad=0 moving=0 files=0 bytes=$(find "$1" -type f -exec stat -c %s {} + | awk '{ sum += $1 } END { printf "%.0f", sum }')
  [ -e "$2" ] || { say 'it has no list of checksums'; return 1; }
  files=$(find "$1" -type f | wc -l)
  listed=$(wc -l < "$2")
  (cd "$1" && sha256sum -c "$2" 2> /dev/null) | grep ': FAILED' > "$work/compared" || true
  while IFS= read -r line; do
    name=\${line%: FAILED*}
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
  printf '{"at":"%s","snapshot":"%s","files":%s,"bytes":%s,"moving":%s,"ok":%s}\\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$2" \\
    "$files" "$bytes" "$moving" "$([ "$1" = ok ] && echo true || echo false)" > "$work/drill.json"
  cat "$work/drill.json"
  patiently backup -q --host ${quote(host)} --tag "${tags.drill},$1" --stdin --stdin-filename drill.json < "$work/drill.json"
  patiently forget --tag ${tags.drill} --group-by host --keep-last 12 > /dev/null
  # What was given up. Another run's may be on its way, but nothing takes a day.
  patiently forget --tag ${tags.unfinished} --group-by host --keep-within 1d > /dev/null
}
`;

/** Where the list of checksums of a folder is, in a folder of its own. */
export const manifestIn = (folder: string): string => `${folder}/${manifestName}`;
