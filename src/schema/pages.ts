import { dump } from "js-yaml";
import type { z } from "zod";
import type { Explained } from "../../components/shared/config/explained";
import { projectKeys } from "../projects/explained";
import { platformDefaults } from "../projects/project";
import type { stackSchema } from "../stack/config";

type Schema = z.core.JSONSchema.JSONSchema;

/** A reference page of a file's keys: purpose, example, allowed values and default of each. */
interface Page {
  title: string;
  intro: readonly string[];
  keys: Readonly<Record<string, Explained>>;
  /** Schema of a key. */
  schemaOf: (key: string) => Schema;
  /** Text of a key's default, if it has one. */
  defaultOf: (key: string) => string | undefined;
  /** The default as a value, if it is the same for all. */
  plainOf?: (key: string) => unknown;
}

const generated =
  "<!-- Written by `npm run schema` from the keys' schemas and what is said of them there. -->";

/** Page of the keys of `projects/<name>.yaml`. */
export const projectPage = (schema: Schema): string =>
  rendered({
    title: "A project's file",
    intro: [
      "`projects/<name>.yaml` says what a project needs; two lines are enough for a front end, three for a back end:",
      "",
      "    name: SJZY.Package.Api",
      "    kind: back",
      "    port: 8086",
      "",
      "What it does not say comes from the stack's `slipway:defaults` ([a stack's file](stack.md)), and then from the platform; `environments` says",
      "it for one stack alone. Mappings are merged key by key, lists are replaced. Anything that does not hold is refused by file and line",
      "before anything is changed, and editors complete and check by `schema/project.json`.",
    ],
    keys: projectKeys,
    schemaOf: (key) => propertyOf(schema, key),
    defaultOf: (key) => platformDefault(key),
  });

/** Arguments of `stackPage`. */
interface StackKeys {
  schema: Schema;
  keys: Readonly<Record<string, Explained>>;
  config: ReturnType<typeof stackSchema>;
}

/** Page of the keys of `Pulumi.<stack>.yaml`. */
export function stackPage({ schema, keys, config }: StackKeys): string {
  // Each part of a key has a default of its own.
  const defaultOf = (key: string): unknown => config.shape[key]?.safeParse(undefined).data;
  return rendered({
    title: "A stack's file",
    intro: [
      "`Pulumi.<stack>.yaml` says where a stack runs, what all its projects have in common, and what runs there. All keys are below `config:`,",
      "and begin with `slipway:`; secrets have a key each, `slipway:secrets.<name>`, which only",
      "`pulumi config set --secret slipway:secrets.<name>` writes. Editors complete and check by `schema/stack.json`.",
    ],
    keys,
    schemaOf: (key) => propertyOf(schema, key),
    defaultOf: (key) => valueText(defaultOf(key)),
    plainOf: defaultOf,
  });
}

const propertyOf = ({ properties = {} }: Schema, key: string): Schema =>
  (properties[key] ?? {}) as Schema;

function rendered({ title, intro, keys, schemaOf, defaultOf, plainOf }: Page): string {
  const sections = Object.entries(keys).flatMap(([key, { purpose, example, otherwise }]) => {
    const schema = schemaOf(key);
    const value = defaultOf(key);
    // An explanation of the default says more than an empty value.
    const plain = otherwise !== undefined && isEmpty(value) ? undefined : value;
    const without = [plain, otherwise].filter((text) => text !== undefined);
    const allowed = ruleOf(schema);
    const facts = [
      ...(allowed === undefined ? [] : [`- allowed: ${allowed}`]),
      ...nested(schema, plainOf?.(key)).map(([path, rule]) => `- \`${path}\`: ${rule}`),
      `- without it: ${without.length === 0 ? "none" : without.join("; ")}`,
    ];
    const lines = example.split("\n").map((line) => `    ${line}`);
    return [`## \`${key}\``, "", `${purpose}.`, "", ...lines, "", ...facts, ""];
  });
  return [`# ${title}`, "", generated, "", ...intro, "", ...sections].join("\n");
}

const isEmpty = (text: string | undefined): boolean => text === "`{}`" || text === "`[]`";

/** Maximum depth of a key's nested keys on a page. */
const depth = 3;

/** Nested keys with their rules and defaults, which may come from the key's default `value`; of alternatives all. */
function nested(
  schema: Schema,
  value?: unknown,
  prefix = "",
  level = 0,
): [path: string, rule: string][] {
  if (level >= depth) return [];
  const inner = [
    ...Object.entries(schema.properties ?? {}).map(([key, value]) => [key, value] as const),
    ...(typeof schema.additionalProperties === "object"
      ? [["<name>", schema.additionalProperties] as const]
      : []),
    ...(schema.items !== undefined && !Array.isArray(schema.items)
      ? [["[]", schema.items] as const]
      : []),
  ];
  const own = inner.flatMap(([key, inside]): [string, string][] => {
    const of = inside as Schema;
    const path = `${prefix}${key}`;
    const without = partOf(value, key);
    const rule = [
      ruleOf(of) ?? (level + 1 < depth ? "" : (shapeOf(of) ?? "")),
      defaultRule(of.default ?? without),
    ].filter((text) => text !== "");
    // The list has the same rule.
    const stated = rule.length === 0 || schema.description?.endsWith(` of ${rule.join("; ")}`);
    return [
      ...(stated === true ? [] : [[path, rule.join("; ")] as [string, string]]),
      ...nested(of, without, `${path}.`, level + 1),
    ];
  });
  const others = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].flatMap((each) =>
    nested(each, value, prefix, level),
  );
  const byPath = new Map<string, string[]>();
  for (const [path, rule] of [...own, ...others]) {
    const rules = byPath.get(path) ?? [];
    if (!rules.includes(rule)) byPath.set(path, [...rules, rule]);
  }
  return [...byPath].map(([path, rules]) => [path, rules.join(", or ")]);
}

/** The rule of a schema, or those of its alternatives. */
function ruleOf({ description, const: value, anyOf = [] }: Schema): string | undefined {
  if (description !== undefined) return description;
  if (value !== undefined) return `\`${String(value)}\``;
  const rules = anyOf.flatMap((each) => ruleOf(each) ?? shapeOf(each) ?? []);
  return rules.length === 0 ? undefined : rules.join(", or ");
}

/** The keys of a mapping, or of those in a list. */
function shapeOf({ properties, items }: Schema): string | undefined {
  if (properties !== undefined) return `{${Object.keys(properties).join(", ")}}`;
  const of = items === undefined || Array.isArray(items) ? undefined : shapeOf(items as Schema);
  return of && `a list of ${of}`;
}

const partOf = (value: unknown, key: string): unknown =>
  typeof value === "object" && value !== null
    ? (value as Readonly<Record<string, unknown>>)[key]
    : undefined;

const defaultRule = (value: unknown): string => {
  const text = valueText(value);
  return text === undefined ? "" : `${text} when left out`;
};

function platformDefault(key: string): string | undefined {
  const of = (kind: "front" | "back"): string | undefined =>
    valueText((platformDefaults[kind] as Readonly<Record<string, unknown>>)[key]);
  const [front, back] = [of("front"), of("back")];
  if (front === back) return front;
  return `${front ?? "required"} for a front end, ${back ?? "required"} for a back end`;
}

/** A value as YAML in one line. */
function valueText(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  const plain = isWord(value) ? value.kind : value;
  return `\`${dump(plain, { flowLevel: 0, lineWidth: -1 }).trim()}\``;
}

/** A strategy, which files write as a word. */
const isWord = (value: unknown): value is { kind: string } =>
  typeof value === "object" && value !== null && "kind" in value;
