import { createHash } from "node:crypto";
import { fromFile, quote, script } from "../shell";

/** Folder on a machine with the marks of the phases that ran there. */
export const marksFolder = "/var/lib/slipway/phases";

/** Folder with the last results of a machine's services, a file each: `1795324276 ok`, seconds since 1970 first. */
export const notesFolder = "/var/lib/slipway/notes";

/** Folder with their failures, in memory, so that it works with a full disk. */
export const failuresFolder = "/run/slipway/failures";

/** A phase of one machine: idempotent shell text, with a mark or a run to identify it. */
export interface PhaseScript {
  phase: string;
  /** Name of the machine that it is about. */
  host: string;
  /** Shell text, run by root under `set -eu`; secrets come by standard input. */
  body: string;
  /** Written on the machine when the phase has ended; the machine skips a phase with this mark. Absent for a phase that always runs. */
  mark?: string | undefined;
  /** Distinguishes the runs of a phase without a mark: the engine does not repeat a command with the same text. */
  run?: string | undefined;
}

/** A short hash of a text. */
export const textHash = (text: string): string =>
  createHash("sha256").update(text).digest("hex").slice(0, 16);

/**
 * The command of a phase; it becomes root by `sudo -n`. A repeated run of a phase that ended before the engine recorded it ends
 * at once.
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

/** Lock file on a machine: one phase runs at a time. */
export const lockFile = "/run/slipway.lock";

/** File with the number of phases that have run on a machine, failed ones included. */
export const runsFile = "/var/lib/slipway/runs";

/** Shell functions of phases, and of services that do the same between phases. */
export const functions = (): string => script("components/shared/machine/functions.sh");

/** Shell text that writes a file; the content must hold no secret. */
export const putFile = (path: string, text: string, mode = "0644"): string =>
  `put ${mode} ${quote(path)} ${quote(text.trimEnd())}`;
