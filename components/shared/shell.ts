import { readFileSync } from "node:fs";
import { join } from "node:path";
import { checkout } from "./system/checkout";

/** What a script is told, by the names of its variables. No secret: those come by standard input or in files. */
export type ShellParameters = Readonly<Record<string, string | number>>;

const texts = new Map<string, string>();

/**
 * Text of a `.sh` file of this checkout, after a line for each of its parameters: shell variables, which programs that it
 * starts do not see. The file declares them at its head, `: "${NAME:?}"`, or `: "${NAME?}"` where one may be empty; whoever
 * gives others, or not all, is told.
 */
export function script(file: string, parameters: ShellParameters = {}): string {
  const text = texts.get(file) ?? readFileSync(join(checkout, file), "utf8");
  texts.set(file, text);
  const declared = [...text.matchAll(/^: .*$/gm)].flatMap(([line]) =>
    [...line.matchAll(/"\$\{([A-Z_]+):?\?\}"/g)].map(([, name = ""]) => name),
  );
  const [given, wanted] = [Object.keys(parameters).sort().join(", "), declared.sort().join(", ")];
  if (given !== wanted) throw new Error(`${file} takes ${wanted || "nothing"}, not ${given}`);
  const values = Object.entries(parameters).map(
    ([name, value]) => `${name}=${quote(String(value).trimEnd())}\n`,
  );
  return `${values.join("")}${text.replace(/^# shellcheck shell=.*\n/, "").trimEnd()}`;
}

/** A command to be installed, of these parts. */
export const program = (...parts: readonly string[]): string =>
  ["#!/bin/sh", "# Written by slipway.", ...parts, ""].join("\n");

/**
 * Shell text that another shell runs: `run`, with the path of a file that has `text` and goes in the end. In memory where it
 * can be: a full disk keeps it from nothing.
 */
export const fromFile = (text: string, run: string): string =>
  [
    // eslint-disable-next-line no-restricted-syntax -- the text is not a parameter: whoever looks at a command can read it
    `script=$(mktemp -p /dev/shm 2> /dev/null || mktemp) && trap 'rm -f "$script"' EXIT && cat > "$script" <<'${end}'`,
    ...[text.trimEnd(), end, run, ""],
  ].join("\n");

const end = "SLIPWAY-END-OF-SCRIPT";

/** A word of a shell, whatever is in it. */
export const quote = (word: string): string =>
  /^[A-Za-z0-9_./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;

/** Words of a shell. */
export const words = (all: readonly string[]): string => all.map(quote).join(" ");
