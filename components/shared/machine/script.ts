import { createHash } from "node:crypto";
import { fromFile, quote, script } from "../shell";

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
export function phaseCommand({ phase, host, body, mark = "", run }: PhaseScript): string {
  const begin = script("components/shared/machine/phase.sh", {
    PHASE: `${phase} of ${host}`,
    LOCK: lockFile,
    RUNS: runsFile,
    PHASE_MARK: mark,
    PHASE_FILE: `${marksFolder}/${phase}`,
  });
  const text = [begin, functions(), body.trimEnd(), "note_mark"].join("\n");
  const told = run === undefined ? "" : `, run ${run}`;
  return `# ${phase} of ${host}${told}\n${fromFile(text, 'sudo -n sh "$script"')}`;
}

/** Held on a machine by the one phase that runs there. */
export const lockFile = "/run/slipway.lock";

/** Where a machine counts the phases that it has been through, whatever came of them. */
export const runsFile = "/var/lib/slipway/runs";

/** Shell functions of phases, and of services that do the same between them. */
export const functions = (): string => script("components/shared/machine/functions.sh");

/** Shell text that writes a file, from text that holds no secret. */
export const putFile = (path: string, text: string, mode = "0644"): string =>
  `put ${mode} ${quote(path)} ${quote(text.trimEnd())}`;
