import { CORE_SCHEMA, FAILSAFE_SCHEMA, load, mergeTag } from "js-yaml";

/** Anchors, aliases and merge keys, as the engine knows them in the stack's file, hold in every file. */
const values = CORE_SCHEMA.withTags(mergeTag);
const texts = FAILSAFE_SCHEMA.withTags(mergeTag);

/** What a YAML text says. Throws a `YAMLException`. */
export const loadYaml = (text: string): unknown => load(text, { schema: values });

/** The same with every scalar as the text that stands there: `1.10`, and not a number that is written 1.1. */
const loadTexts = (text: string): unknown => load(text, { schema: texts });

/** The line on which a second document begins: the engine reads the first of a stack's file, and leaves the rest out without a word. */
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
 * Puts in place of the scalars at some paths (`*` is any key) the text that stands there: YAML makes numbers of `1.10`, `0123`
 * and `12345678901234567890`, and the engine's YAML a moment of `2026-01-02`, which are written otherwise than they were.
 * What is nothing (`~`, or left empty) stays nothing, and so does what the text does not have.
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
