import { createHash } from "node:crypto";

/** Where a machine keeps which phase it has been through, and with what. */
export const marksFolder = "/var/lib/slipway/phases";

/** Where services of a machine note down their last run, a file each: `1795324276 ok`, seconds since 1970 first. */
export const notesFolder = "/var/lib/slipway/notes";

/** Where they note down what went wrong, in memory: that a disk is full is told as well. */
export const failuresFolder = "/run/slipway/failures";

/** What a phase is on one machine: shell text that may run again at any time, and what tells one run from the next. */
export interface PhaseScript {
  phase: string;
  /** Name of the machine that it is about. */
  host: string;
  /** Shell text, run by root under `set -eu`; secrets come by standard input. */
  body: string;
  /** What the machine writes down when the phase has ended, and passes the phase over by; none for what runs whenever it is told to. */
  mark?: string | undefined;
  /** What tells this run of a phase without a mark from every other: two commands with the same text are one to the engine. */
  run?: string | undefined;
}

/** A short name for what a phase does; the same text, the same name. */
export const textHash = (text: string): string =>
  createHash("sha256").update(text).digest("hex").slice(0, 16);

/**
 * The command of a phase, for whoever the machine lets in: root by sudo, no question asked. A run that was over before the
 * engine had written so down ends at once.
 */
export function phaseCommand({ phase, host, body, mark, run }: PhaseScript): string {
  const file = `${marksFolder}/${phase}`;
  const passed = `[ "$(cat ${file} 2>/dev/null)" != ${quote(mark ?? "")} ] || { say 'was done before'; echo 'done before'; exit 0; }\n`;
  const noted = `mkdir -p ${marksFolder}\necho ${quote(mark ?? "")} > ${file}.new\nmv ${file}.new ${file}\n`;
  return `# ${phase} of ${host}${run === undefined ? "" : `, run ${run}`}
script=$(mktemp) && trap 'rm -f "$script"' EXIT && cat > "$script" <<'${end}'
${prelude(`${phase} of ${host}`)}
${mark === undefined ? "" : passed}${body.trimEnd()}
${mark === undefined ? "" : noted}${end}
sudo -n sh "$script"
`;
}

/** Held on a machine by the one phase that runs there. */
export const lockFile = "/run/slipway.lock";

/** Where a machine counts the phases that it has been through, whatever came of them. */
export const runsFile = "/var/lib/slipway/runs";

/** Leaves a line in the machine's journal: `journalctl -t slipway` tells what was done to it and when. */
export const journal = "logger -t slipway";

const end = "SLIPWAY-END-OF-PHASE";

/** Shell functions of phases, and of services that do the same between them. */
export const functions = `fail() { printf '%s\\n' "$@" >&2; exit 1; }
# put MODE PATH: writes standard input there, whole or not at all; adds to $changed when it was something else before.
changed=
put() {
  mkdir -p "$(dirname "$2")"
  cat > "$2.slipway"
  chmod "$1" "$2.slipway"
  if cmp -s "$2.slipway" "$2"; then rm "$2.slipway"; else mv "$2.slipway" "$2"; changed="$changed $2"; fi
}`;

/** What every phase may use; its name is what the journal has. */
const prelude = (name: string): string => `set -eu
# An engine that is killed leaves what it had started: the next run waits for that, and finds it done.
exec 9> ${lockFile}
flock -w 900 9 || { echo 'another phase has been running here for 15 minutes; look at: ps -ef --forest' >&2; exit 1; }
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
mkdir -p "$(dirname ${runsFile})"
echo $(($(cat ${runsFile} 2> /dev/null || echo 0) + 1)) > ${runsFile}
say() { ${journal} -- ${quote(name)} "$1" 2> /dev/null || true; }
say begins
# Files that are named here go when the phase ends, however it does.
goes=
trap 'code=$?; rm -f $goes; if [ $code = 0 ]; then say ended; else say failed; fi' EXIT
${functions}`;

/** Writes a file, from text that holds no secret. */
export function putFile(path: string, text: string, mode = "0644"): string {
  const stop = `END-OF-${textHash(text)}`;
  return `put ${mode} ${quote(path)} <<'${stop}'\n${text.trimEnd()}\n${stop}`;
}

/** A word of a shell, whatever is in it. */
export const quote = (word: string): string =>
  /^[A-Za-z0-9_./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
