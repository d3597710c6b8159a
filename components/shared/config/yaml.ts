import { CORE_SCHEMA, FAILSAFE_SCHEMA, load, mergeTag } from "js-yaml";

/** Anchors, aliases and merge keys work in every file, as in the engine's stack file. */
const values = CORE_SCHEMA.withTags(mergeTag);
const texts = FAILSAFE_SCHEMA.withTags(mergeTag);

/** Parses a YAML text. Throws a `YAMLException`. */
export const loadYaml = (text: string): unknown => load(text, { schema: values });

/** The same with every scalar as its text: `1.10`, and not the number 1.1. */
const loadTexts = (text: string): unknown => load(text, { schema: texts });

/** The line on which a second document begins: the engine silently ignores all but the first in a stack's file. */
export function secondDocument(text: string): number | undefined {
  let begun = false;
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const marker = /^---(\s|$)/.test(line);
    if (marker && begun) return index + 1;
    begun ||= marker || !/^\uFEFF?\s*(#.*)?$|^%/.test(line);
  }
  return undefined;
}

type Tree = Readonly<Record<string, unknown>>;

const isTree = (value: unknown): value is Tree =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * Replaces the scalars at some paths (`*` is any key) by their source text: YAML turns `1.10`, `0123` and `12345678901234567890`
 * into numbers, and the engine's YAML turns `2026-01-02` into a timestamp, which print differently. Null (`~`, or empty) stays
 * null, and paths that the text does not have stay unset.
 */
export function asWritten(
  value: unknown,
  text: string,
  paths: readonly (readonly string[])[],
): unknown {
  const written = loadTexts(text);
  return paths.reduce((changed, path) => replaced(changed, written, path), value);
}

function replaced(value: unknown, written: unknown, [key, ...rest]: readonly string[]): unknown {
  if (key === undefined) {
    const scalar = value !== null && typeof value !== "object";
    return scalar && typeof written === "string" ? written : value;
  }
  if (!isTree(value) || !isTree(written)) return value;
  const entries = Object.entries(value).map(([name, below]) => {
    const meant = key === "*" || key === name;
    return [name, meant ? replaced(below, written[name], rest) : below] as const;
  });
  return Object.fromEntries(entries);
}
