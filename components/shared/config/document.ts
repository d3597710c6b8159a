import { domainToASCII } from "node:url";
import { YAMLException } from "js-yaml";
import type { z } from "zod";
import { nearest } from "../nearest";
import type { Problem } from "../problem";
import { lineFinder, type Path } from "./lines";
import { soundsSecret } from "./credentials";
import { asWritten, loadYaml, secondDocument } from "./yaml";

/** A value with its origin. */
export interface Document {
  /** Name of the file in messages, e.g. `projects/SJZY.Package.Api.yaml`. */
  file: string;
  value: unknown;
  /** Prefix of paths, e.g. `slipway:`. */
  prefix?: string;
  /** First line of a path in the file; absent where there are no lines. */
  lineOf?: (path: Path) => number | undefined;
}

/**
 * Reads YAML text; a syntax error is a problem with its line.
 * @param texts paths of values that are taken as written (`asWritten`)
 */
export function readYaml(
  file: string,
  text: string,
  texts: readonly (readonly string[])[] = [],
): { document: Document } | { problem: Problem } {
  let find: ReturnType<typeof lineFinder> | undefined;
  try {
    const read = loadYaml(text);
    const value = texts.length === 0 ? read : asWritten(read, text, texts);
    return { document: { file, value, lineOf: (path) => (find ??= lineFinder(text))(path) } };
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const second = secondDocument(text);
    if (second !== undefined) return { problem: another(file, second) };
    const at = error.mark === undefined ? file : `${file}:${error.mark.line + 1}`;
    return { problem: { file: at, allowed, fix: syntaxFix(error.reason) } };
  }
}

const allowed = "one YAML document";

/** Problem of a file with a second document on a line. */
export const another = (file: string, line: number): Problem => ({
  file: `${file}:${line}`,
  given: "---",
  allowed,
  fix: "take out that line, and what follows if it is another document: the engine reads none but the first",
});

/** Fix for a syntax error: the parser's own words, except for frequent mistakes. */
const syntaxFix = (reason: string): string =>
  /\btab\b/.test(reason) ? "indent with blanks, not tabs" : `the parser says: ${reason}`;

/** Checks a document against a schema: returns its typed value, or every problem. */
export function check<Schema extends z.ZodType>(
  schema: Schema,
  document: Document,
): { value: z.output<Schema>; problems: [] } | { value: undefined; problems: Problem[] } {
  const result = schema.safeParse(document.value);
  const unfit = unfitIn(document, document.value, []);
  if (result.success && unfit.length === 0) return { value: result.data, problems: [] };
  const issues = result.error?.issues ?? [];
  return {
    value: undefined,
    problems: [...unfit, ...issues.flatMap((issue) => explain(document, issue))],
  };
}

/**
 * NUL, unpaired UTF-16 surrogates, and characters that API servers, which parse applied objects as YAML, refuse or take for line breaks.
 */
const unfit =
  /[\0\x7F-\x9F\uFFFE\uFFFF]|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/;

/**
 * Texts that Kubernetes cannot pass to a program: it would refuse them late, or change them. Texts in records are for people and
 * are not passed on.
 */
function unfitIn(document: Document, value: unknown, path: Path): Problem[] {
  if (path[0] === "releases") return [];
  if (typeof value === "object" && value !== null)
    return Object.entries(value).flatMap(([key, below]) =>
      key === "__proto__"
        ? [place(document, path, { given: key, allowed: "another name: this one is no key" })]
        : unfitIn(document, below, [...path, key]),
    );
  if (typeof value !== "string" || !unfit.test(value)) return [];
  const allowed =
    "text without NUL, DEL and the control characters from U+0080 to U+009F, U+FFFE, U+FFFF and one half of a surrogate pair";
  return [place(document, path, { ...(isSecret(path) ? {} : { given: value }), allowed })];
}

/** Adds file with line, and path, to a problem. */
export function place(
  document: Document,
  path: Path,
  problem: Omit<Problem, "file" | "path">,
): Problem {
  const line = document.lineOf?.(path);
  const file = line === undefined ? document.file : `${document.file}:${line}`;
  return { file, path: `${document.prefix ?? ""}${path.map(String).join(".")}`, ...problem };
}

function explain(document: Document, issue: z.core.$ZodIssue): Problem[] {
  const { path, message: allowed } = issue;
  if (issue.code === "unrecognized_keys") {
    const known = allowed.slice(allowed.indexOf(":") + 2).split(", ");
    return issue.keys.map((key) =>
      place(document, [...path, key], {
        given: key,
        allowed: `one of the keys ${known.join(", ")}`,
        fix: suggestion(key, known),
      }),
    );
  }
  if (issue.code === "invalid_union") {
    const meant = meantBranch(issue);
    if (meant !== undefined) {
      return meant.flatMap((inner) =>
        explain(document, { ...inner, path: [...path, ...inner.path] }),
      );
    }
  }
  if (issue.code === "invalid_key") {
    const rule = issue.issues[0]?.message ?? allowed;
    return [place(document, path, { given: path.at(-1), allowed: rule })];
  }
  // The value may be secret.
  if (issue.code === "custom" && issue.params?.["hidden"] === true)
    return [place(document, path, { allowed })];
  const given = valueAt(document.value, path);
  if (given === undefined) {
    const fix = `it is missing: add \`${document.prefix ?? ""}${path.map(String).join(".")}\``;
    return [place(document, path, { allowed, fix })];
  }
  const fix =
    otherType(issue, given) ??
    inAscii(given, allowed) ??
    (typeof given === "string" ? suggestion(given, optionsOf(allowed)) : undefined);
  return [place(document, path, { ...(isSecret(path) ? {} : { given }), allowed, fix })];
}

/** The ASCII form of an internationalised host name (punycode). */
function inAscii(given: unknown, allowed: string): string | undefined {
  if (typeof given !== "string" || !allowed.endsWith("joined by dots")) return undefined;
  const ascii = domainToASCII(given);
  return ascii === "" || ascii === given ? undefined : `did you mean \`${ascii}\`?`;
}

/** Fixes for a wrong type: "without quotes" for a quoted number or boolean, a unit for a size without one. */
function otherType(issue: z.core.$ZodIssue, given: unknown): string | undefined {
  if (typeof given === "number" && issue.message.startsWith("a size with"))
    return `did you mean \`${given}Mi\`?`;
  if (issue.code !== "invalid_type" || typeof given !== "string") return undefined;
  const meant =
    issue.expected === "boolean" ? /^(true|false)$/.test(given) : /^-?\d+(\.\d+)?$/.test(given);
  const plain = ["boolean", "int", "number"].includes(issue.expected);
  return plain && meant ? `without quotes: ${given}` : undefined;
}

/** Problems of the best matching form of a union: the one with the fewest problems. */
function meantBranch({ errors }: z.core.$ZodIssueInvalidUnion): z.core.$ZodIssue[] | undefined {
  const inside = errors.filter((issues) =>
    issues.every(({ path, code }) => path.length > 0 || code === "unrecognized_keys"),
  );
  return inside.toSorted((a, b) => a.length - b.length)[0];
}

/** The options of a rule such as `one of: kubeconfig, sandbox`. */
function optionsOf(rule: string): string[] {
  const words = rule.replace(/;.*/, "");
  return words.startsWith("one of: ") ? words.slice("one of: ".length).split(", ") : [];
}

/** "did you mean …?", when one of the words is near. */
export function suggestion(word: string, words: readonly string[]): string | undefined {
  const meant = nearest(word, words);
  return meant === undefined ? undefined : `did you mean \`${meant}\`?`;
}

/** Values at a secret's path are never printed: they may be the secret itself. */
const isSecret = (path: Path): boolean => path.some((key) => soundsSecret(String(key)));

function valueAt(value: unknown, path: Path): unknown {
  let current = value;
  for (const key of path) {
    if (typeof current !== "object" || current === null) return undefined;
    current = (current as Record<PropertyKey, unknown>)[key];
  }
  return current;
}
