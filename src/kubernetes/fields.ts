import { suggestion } from "../../components/shared/config/document";
import type { Path } from "../../components/shared/config/lines";
import { placed, type PatchesOf } from "../../components/shared/customize";
import type { Problem } from "../../components/shared/problem";
import { isRefused, Refusal, type Api } from "./api";
import { apiOfKind } from "./collections";

/** What of an OpenAPI schema says which fields there are. */
interface Schema {
  $ref?: string;
  allOf?: Schema[];
  oneOf?: Schema[];
  type?: string;
  format?: string;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  items?: Schema;
  "x-kubernetes-group-version-kind"?: { group: string; version: string; kind: string }[];
  "x-kubernetes-int-or-string"?: boolean;
  "x-kubernetes-preserve-unknown-fields"?: boolean;
}
type Schemas = Readonly<Record<string, Schema>>;

/**
 * Fields that patches set and the API server does not know, or knows as something else: by its own description of the API,
 * which everybody may read who may log in. Required fields, limits and what admission adds it says when it is given the object.
 */
export async function unknownFields(
  api: Pick<Api, "text">,
  sets: readonly PatchesOf[],
): Promise<Problem[]> {
  const schemas = new Map<string, Promise<Schemas | undefined>>();
  const problems = sets.flatMap((from) =>
    Object.entries(from.patches).map(async ([key, patch]) => {
      const kind = key.replace(/\/.*/, "");
      const version = apiOfKind(kind);
      if (version === undefined) return [];
      const known = schemas.get(version) ?? schemasOf(api, version);
      schemas.set(version, known);
      const all = await known;
      const schema = Object.values(all ?? {}).find((each) => describes(each, version, kind));
      if (all === undefined || schema === undefined) return [];
      return strange(all, schema, patch, []).map(([path, problem]) =>
        placed(from, key, path, problem),
      );
    }),
  );
  return (await Promise.all(problems)).flat();
}

/** Whether a schema is that of a kind: of `api/v1`, or of `apis/apps/v1`. */
function describes(schema: Schema, path: string, kind: string): boolean {
  const [version, group = ""] = path.split("/").slice(1).reverse();
  return (
    schema["x-kubernetes-group-version-kind"]?.some(
      (one) => one.group === group && one.version === version && one.kind === kind,
    ) ?? false
  );
}

/** The server's description of one version of a group; undefined from one that gives none. */
async function schemasOf(api: Pick<Api, "text">, version: string): Promise<Schemas | undefined> {
  try {
    const { components } = JSON.parse(await api.text(`/openapi/v3/${version}`)) as {
      components?: { schemas?: Schemas };
    };
    return components?.schemas;
  } catch (error) {
    if (isRefused(error) || (error instanceof Refusal && error.status === 404)) return undefined;
    throw error;
  }
}

type Found = [path: Path, problem: Omit<Problem, "file" | "path">];

function strange(all: Schemas, given: Schema, value: unknown, path: Path): Found[] {
  const schema = resolved(all, given);
  if (value === null || schema["x-kubernetes-preserve-unknown-fields"] === true) return [];
  const { properties, additionalProperties, items } = schema;
  const wanted = typeOf(schema);
  const is = kindOf(value);
  if (wanted !== undefined && !wanted.includes(is))
    return [[path, { given: value, allowed: `${wanted.join(" or ")}, as the API server says` }]];
  if (Array.isArray(value))
    return value.flatMap((each, index) => strange(all, items ?? {}, each, [...path, index]));
  if (is !== "object") return [];
  return Object.entries(value as object).flatMap(([key, inner]) => {
    if (key.startsWith("$")) return [];
    const below =
      properties?.[key] ??
      (typeof additionalProperties === "object" ? additionalProperties : undefined);
    if (below !== undefined) return strange(all, below, inner, [...path, key]);
    if (properties === undefined) return [];
    const known = Object.keys(properties);
    const allowed = `a field that the API server knows: ${known.join(", ")}`;
    return [[[...path, key], { given: key, allowed, fix: suggestion(key, known) }] as Found];
  });
}

/** A schema with what it refers to. */
function resolved(all: Schemas, { $ref, allOf = [], ...own }: Schema): Schema {
  const name = $ref?.split("/").at(-1);
  const others = [...(name === undefined ? [] : [all[name] ?? {}]), ...allOf];
  return others.reduce<Schema>((sum, each) => ({ ...resolved(all, each), ...sum }), own);
}

/** What JSON calls the values that a schema takes; undefined where it does not say. */
function typeOf(schema: Schema): string[] | undefined {
  if (schema.oneOf !== undefined) return schema.oneOf.flatMap((each) => typeOf(each) ?? []);
  if (schema["x-kubernetes-int-or-string"] === true || schema.format === "int-or-string")
    return ["number", "string"];
  if (schema.type === undefined) return undefined;
  return [schema.type === "integer" ? "number" : schema.type];
}

const kindOf = (value: unknown): string => (Array.isArray(value) ? "array" : typeof value);
