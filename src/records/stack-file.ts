import { randomUUID } from "node:crypto";
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, realpathSync } from "node:fs";
import { chmodSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { UserError } from "../../components/shared/problem";
import type { ReleaseRecord } from "./record";
import { readYaml } from "../../components/shared/config/document";
import { refused } from "../stack/refusal";
import { writeRecord } from "./written";
import { editReleases } from "./yaml-edit";

/** A change of a stack's file. */
export interface FileChange {
  /** The file's text with it. */
  text: string;
  /** Restores the previous text, byte by byte; false if somebody else has written since. */
  undo: () => boolean;
}

/** A stack's file, in which releases write what to run. Everything else in it stays unchanged, byte by byte. */
export class StackFile {
  private readonly path: string;

  constructor(
    checkout: string,
    public readonly stack: string,
  ) {
    this.path = join(checkout, `Pulumi.${stack}.yaml`);
  }

  /** Its current text. */
  text(): string {
    try {
      return readFileSync(this.path, "utf8");
    } catch {
      throw new UserError(
        `${basename(this.path)} is not there: stack ${this.stack} has no settings in this checkout`,
        2,
      );
    }
  }

  /** Everything below `config:`, unchecked: the settings report what is wrong with it. */
  config(): Record<string, unknown> {
    const value = read(this.text(), basename(this.path)) as { config?: unknown } | null;
    const config = value?.config;
    return typeof config === "object" && config !== null ? (config as Record<string, unknown>) : {};
  }

  /**
   * Writes or removes a project's record under a lock; `change` computes it from the current text. Readers see either the old
   * text or the new one.
   */
  change(project: string, change: (text: string) => ReleaseRecord | undefined): FileChange {
    const name = basename(this.path);
    return alone(this.path, () => {
      const before = this.text();
      const after = withRecord(before, project, change(before), name);
      if (after !== before) replaceFile(this.path, after);
      const undo = (): boolean =>
        alone(this.path, () => {
          if (this.text() !== after) return false;
          if (before !== after) replaceFile(this.path, before);
          return true;
        });
      return { text: after, undo };
    });
  }
}

/** The text of a stack's file with another record for one project; pure. */
export function withRecord(
  text: string,
  project: string,
  record: ReleaseRecord | undefined,
  file = "the stack's file",
): string {
  const written = record === undefined ? undefined : writeRecord(record);
  const after = editReleases(text, project, written);
  const expected = expectation(read(text, file), project, written);
  // An alias or anchor could change other parts of the file as well; that would be noticed too late.
  if (!isDeepStrictEqual(read(after, file), expected)) {
    throw new UserError(
      `${file} → slipway:releases.${project} cannot be edited by itself: it shares text with something else; write it out`,
      2,
    );
  }
  return after;
}

/** Recently parsed texts: a command reads the same text several times, and a thousand records take a while. */
const lately = new Map<string, unknown>();

function read(text: string, file: string): unknown {
  const value: unknown = lately.get(text) ?? (saysNothing(text) ? null : valueOf(text, file));
  lately.delete(text);
  lately.set(text, value);
  // The text before a change and after it.
  for (const old of [...lately.keys()].slice(0, -2)) lately.delete(old);
  return value;
}

/** Parses a text; throws if it is not a YAML document. */
function valueOf(text: string, file: string): unknown {
  const read = readYaml(file, text);
  if ("document" in read) return read.document.value;
  throw refused(`${file} cannot be read, nothing was changed`, [read.problem]);
}

/** A text of comments only is no document for the parser; here it counts as an empty one. */
const saysNothing = (text: string): boolean =>
  text.split("\n").every((line) => /^\s*(#|$)/.test(line));

/** What the file must contain afterwards, as data. */
function expectation(before: unknown, project: string, written: object | undefined): unknown {
  type Data = { config?: Record<string, unknown> | null } | null;
  const { config, ...rest } = (before ?? {}) as NonNullable<Data>;
  const key = "slipway:releases";
  const { [project]: old, ...others } = (config?.[key] ?? {}) as Record<string, unknown>;
  if (written === undefined && old === undefined) return before;
  const releases = written === undefined ? others : { ...others, [project]: written };
  return { ...rest, config: { ...config, [key]: releases } };
}

/** Longest duration of a change, in milliseconds; a process that holds the lock longer has been killed. */
const longestChange = 5_000;

/** Changes a file under a lock: two concurrent changes would each overwrite the other. */
function alone<T>(path: string, change: () => T): T {
  const lock = join(dirname(path), `.${basename(path)}.lock`);
  const rest = new Int32Array(new SharedArrayBuffer(4));
  const ours = randomUUID();
  for (;;) {
    try {
      writeFileSync(lock, ours, { flag: "wx" });
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      const found = statSync(lock, { throwIfNoEntry: false });
      // The lock's own age, in either direction because clocks differ: a process that has waited long may have waited for
      // several.
      if (found !== undefined && Math.abs(Date.now() - found.mtimeMs) >= longestChange)
        rmSync(lock, { force: true });
      else Atomics.wait(rest, 0, 0, 10);
    }
  }
  try {
    return change();
  } finally {
    if (existsSync(lock) && readFileSync(lock, "utf8") === ours) rmSync(lock, { force: true });
  }
}

/** Writes beside the file and renames: if killed, the file has the old text or the new one, with the old mode. */
function replaceFile(path: string, text: string): void {
  const real = realpathSync(path);
  const temporary = join(dirname(real), `.${basename(real)}.${randomUUID()}`);
  try {
    writeFileSync(temporary, text);
    chmodSync(temporary, statSync(real).mode);
    const file = openSync(temporary, "r");
    fsyncSync(file);
    closeSync(file);
    renameSync(temporary, real);
  } finally {
    rmSync(temporary, { force: true });
  }
}
