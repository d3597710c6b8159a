import type { z } from "zod";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { nearest } from "../../components/shared/nearest";
import type { Problem } from "../../components/shared/problem";
import { secretName } from "../../components/shared/config/fields";
import { lineFinder, type Path } from "../../components/shared/config/lines";
import {
  another,
  check,
  place,
  suggestion,
  type Document,
} from "../../components/shared/config/document";
import { plainSecrets } from "../../components/shared/config/plain-secrets";
import { modules } from "../modules";
import { StackConfig, stackSchema, type Parts } from "./config";
import { asWritten, secondDocument } from "../../components/shared/config/yaml";
import {
  readableSecrets,
  secretPrefix,
  stackNamespace,
  type Secrets,
} from "../../components/shared/config/secrets";

/** Configuration that the engine passes to the program. */
export interface EngineConfig {
  /** Values by key with its namespace; mappings and lists as JSON. */
  values: Readonly<Record<string, string>>;
  isSecret: (key: string) => boolean;
}

/** A stack's valid settings, its secrets, and their problems. */
export interface ReadStack {
  document: Document;
  /** Valid settings; the others are among the problems. */
  config: Partial<StackConfig>;
  secrets: Secrets;
  problems: Problem[];
  /** Warnings of settings that are valid now and may become invalid. */
  warnings: string[];
}

/** Reads and checks `Pulumi.<stack>.yaml` as the engine passes it on. */
export function readStackFile(
  checkout: string,
  stack: string,
  engine: EngineConfig,
  parts: Parts = modules,
): ReadStack {
  const schema = parts === modules ? StackConfig : stackSchema(parts);
  const text = textOf(checkout, stack);
  const document = openDocument(stack, text);
  const { plain, secrets, problems } = readKeys(document, engine);
  const second = secondDocument(text ?? "");
  if (second !== undefined) problems.push(another(document.file, second));
  problems.push(...bareKeyProblems(document, text ?? "", schema));

  const read = plain["defaults"];
  plain["defaults"] &&= defaultsAsWritten(read, text);
  const settings = below(document, plain);
  const warnings = rewritten(settings, read, plain["defaults"]);
  const { value, problems: found } = check(schema, settings);
  // A key that should not be secret has no further problems, which might print its value.
  const keyOf = ({ path = "" }: Problem) => path.replace(/\..*/, "");
  problems.push(...found.filter((problem) => !engine.isSecret(keyOf(problem))));
  const config = (value ?? holding(schema, plain)) as Partial<StackConfig>;
  problems.push(...plainSecrets(settings, ["defaults", "env"], config.defaults?.env));
  return { document: settings, config, secrets: readableSecrets(secrets), problems, warnings };
}

/** Splits the engine's keys into settings and secrets, both without their prefix, and reports problems of keys. */
function readKeys(document: Document, engine: EngineConfig) {
  const problems: Problem[] = [];
  const plain: Record<string, unknown> = {};
  const secrets: Record<string, string> = {};
  for (const [key, text] of Object.entries(engine.values)) {
    if (key.startsWith("pulumi:")) continue;
    const secret = engine.isSecret(key);
    const problem = key.startsWith(secretPrefix)
      ? secretProblem(key, text, secret)
      : keyProblem(key, secret);
    if (problem !== undefined) problems.push(place(document, [key], problem));
    if (key.startsWith(secretPrefix)) secrets[key.slice(secretPrefix.length)] = text;
    else if (key.startsWith(stackNamespace) && key !== `${stackNamespace}secrets`) {
      plain[key.slice(stackNamespace.length)] = parse(text);
    }
  }
  return { plain, secrets, problems };
}

/** Values that the engine's YAML parses to another value than written; it also changes them when it next writes the file. */
function rewritten(document: Document, read: unknown, written: unknown): string[] {
  const envOf = (defaults: unknown): Record<string, unknown> =>
    (defaults as { env?: Record<string, unknown> } | undefined)?.env ?? {};
  const reads = envOf(read);
  return Object.entries(envOf(written)).flatMap(([name, value]) => {
    if (typeof value !== "string" || String(reads[name]) === value) return [];
    const { file, path = "" } = place(document, ["defaults", "env", name], { allowed: "" });
    return [
      `${file} → ${path}: ${value} arrives as it is written, until \`pulumi config set\` writes the file anew and makes ${String(reads[name])} of it; in quotes it stays: ${JSON.stringify(value)}`,
    ];
  });
}

/**
 * Keys right below `config:` without a namespace, as `system`: the engine silently treats them as the program's own, with
 * priority over `slipway:system`.
 */
export function bareKeyProblems(
  document: Document,
  text: string,
  { shape }: { shape: object } = StackConfig,
): Problem[] {
  const known = Object.keys(shape);
  return bareKeys(text).map((key) => {
    const meant = nearest(key, known) ?? key;
    return place({ ...document, prefix: "" }, [key], {
      given: key,
      allowed: "keys with their namespace, as slipway:system",
      fix: `did you mean \`${stackNamespace}${meant}\`?`,
    });
  });
}

/** Finds those keys by their lines: parsing a thousand records once more would take longer than everything else. */
function bareKeys(text: string): string[] {
  const keys: string[] = [];
  let inside = false;
  let indent: string | undefined;
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*(#.*)?$/.test(line)) continue;
    const [before = ""] = /^\s*/.exec(line) ?? [];
    if (before === "") inside = /^config:\s*(#.*)?$/.test(line);
    if (before === "" || !inside) continue;
    indent ??= before;
    const [, , key] = /^\s+(["']?)([^\s"':#]+)\1:(\s|$)/.exec(line) ?? [];
    if (before === indent && key !== undefined) keys.push(key);
  }
  return keys;
}

/** Problem of a key that is not a secret's. */
function keyProblem(key: string, secret: boolean): Omit<Problem, "file" | "path"> | undefined {
  if (!key.startsWith(stackNamespace)) {
    return {
      given: key,
      allowed: `keys that begin with ${stackNamespace}`,
      fix: key.startsWith("kubernetes:")
        ? "say it in `slipway:cluster`: the program uses no other cluster than that one"
        : suggestion(key, [key.replace(/.*:/, stackNamespace)]),
    };
  }
  if (key === `${stackNamespace}secrets`) {
    return {
      allowed: "a key for each secret, so that none hides among plain values",
      fix: `pulumi config set --secret ${secretPrefix}<name>`,
    };
  }
  return secret
    ? {
        allowed: "a plain value: it decides what is declared",
        fix: "set it again without --secret",
      }
    : undefined;
}

/** Problem of a secret; it never prints the value. */
function secretProblem(
  key: string,
  value: string,
  secret: boolean,
): Omit<Problem, "file" | "path"> | undefined {
  const name = key.slice(secretPrefix.length);
  const named = secretName.safeParse(name);
  if (!named.success) return { given: name, allowed: named.error.issues[0]?.message ?? "" };
  if (!secret) {
    const fix = `change the secret, for it has been readable, then: pulumi config set --secret ${key}`;
    return { allowed: "an encrypted value; this one is plain text", fix };
  }
  return value === "" ? { allowed: "a value that is not empty" } : undefined;
}

/** Paths of environment variables in a stack's file. */
export const variablesInStack = [["config", `${stackNamespace}defaults`, "env", "*"]];

/** Restores values that the engine's YAML has turned into numbers and timestamps. */
function defaultsAsWritten(defaults: unknown, text: string | undefined): unknown {
  if (typeof defaults !== "object" || !("env" in (defaults ?? {}))) return defaults;
  if (text === undefined) return defaults;
  const file = { config: { [`${stackNamespace}defaults`]: defaults } };
  const { config } = asWritten(file, text, variablesInStack) as typeof file;
  return config[`${stackNamespace}defaults`];
}

function textOf(checkout: string, stack: string): string | undefined {
  const path = join(checkout, `Pulumi.${stack}.yaml`);
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

/** The stack's file, for the lines of its keys; the settings themselves come from the engine. */
function openDocument(stack: string, text: string | undefined): Document {
  let find: ReturnType<typeof lineFinder> | undefined;
  const lineOf = (keys: Path) => {
    if (text === undefined) return undefined;
    // Most files have no problem, and a long one takes a while to parse.
    find ??= lineFinder(text);
    return find(["config", ...keys]);
  };
  return { file: `Pulumi.${stack}.yaml`, value: undefined, lineOf };
}

/** The same document, with paths relative to the program's namespace. */
const below = ({ file, lineOf }: Document, value: unknown): Document => ({
  file,
  value,
  prefix: stackNamespace,
  lineOf: ([key = "", ...rest]) => lineOf?.([`${stackNamespace}${String(key)}`, ...rest]),
});

/** The engine passes mappings and lists as JSON, everything else unchanged. */
function parse(text: string): unknown {
  if (!/^[[{]/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The valid settings, so that checks which depend on them can run. */
function holding(
  schema: { shape: Readonly<Record<string, z.ZodType>> },
  values: Readonly<Record<string, unknown>>,
): object {
  const kept = Object.entries(schema.shape).flatMap(([key, schema]) => {
    const result = schema.safeParse(values[key]);
    return result.success ? [[key, result.data] as const] : [];
  });
  return Object.fromEntries(kept);
}
