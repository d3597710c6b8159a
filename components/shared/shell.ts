import { readFileSync } from "node:fs";
import { join } from "node:path";
import { checkout } from "./system/checkout";

/** Parameters of a script, by the names of its variables. Secrets come by standard input or in files instead. */
export type ShellParameters = Readonly<Record<string, string | number>>;

const texts = new Map<string, string>();

/**
 * Text of a `.sh` file of this checkout, after a line for each of its parameters: shell variables that are not exported. The file
 * declares them at its head, `: "${NAME:?}"`, or `: "${NAME?}"` where one may be empty; throws if others are given, or not all.
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

/** Text of an executable script made of these parts. */
export const program = (...parts: readonly string[]): string =>
  ["#!/bin/sh", "# Written by slipway.", ...parts, ""].join("\n");

/**
 * Shell text that writes `text` to a temporary file, runs `run`, which may use the file as `$script`, and deletes the file. The
 * file is in memory where possible, so that it works with a full disk.
 */
export const fromFile = (text: string, run: string): string =>
  [
    // eslint-disable-next-line no-restricted-syntax -- the text is not a parameter: whoever looks at a command can read it
    `script=$(mktemp -p /dev/shm 2> /dev/null || mktemp) && trap 'rm -f "$script"' EXIT && cat > "$script" <<'${end}'`,
    ...[text.trimEnd(), end, run, ""],
  ].join("\n");

const end = "SLIPWAY-END-OF-SCRIPT";

/** Quotes any text as one word of a shell. */
export const quote = (word: string): string =>
  /^[A-Za-z0-9_./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;

/** Quotes words for a shell. */
export const words = (all: readonly string[]): string => all.map(quote).join(" ");
