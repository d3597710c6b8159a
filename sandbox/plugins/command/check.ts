import { nearest } from "../../../components/shared/nearest";
import type { InputFailure } from "../rpc/responses";
import { bare, isObject, type Properties, Secret, unknown, type Value } from "../rpc/values";
import { sourceProblem } from "./assets";
import { expected, nested, type Property, type Schema, schemas } from "./schema";
import { PluginError } from "../../../components/shared/system/grpc";

/** Inputs with defaults, with secrets marked as in the official plugin; and all problems. */
export function check(
  token: string,
  news: Properties,
): { inputs: Properties; failures: readonly InputFailure[] } {
  const schema = schemaOf(token);
  const failures: InputFailure[] = [];
  const inputs = checkObject(schema, news, "", failures);
  return { inputs, failures };
}

/** The schema of a resource or function; throws if it is unknown. */
export function schemaOf(token: string): Schema {
  const schema = schemas[token];
  if (schema !== undefined) return schema;
  throw new PluginError(
    `${token} is not known to Slipway's stand-in for the command plugin, which has ` +
      `${Object.keys(schemas).join(", ")}: use one of them, or install the official plugin`,
  );
}

function checkObject(
  schema: Schema,
  given: Properties,
  path: string,
  failures: InputFailure[],
): Properties {
  const at = (name: string): string => (path === "" ? name : `${path}.${name}`);
  const result: Properties = {};
  for (const [name, value] of Object.entries(given)) {
    const property = schema[name];
    if (property !== undefined) {
      if (bare(value) !== null) result[name] = checkValue(property, value, at(name), failures);
    } else if (name !== "version" && !name.startsWith("__")) {
      const meant = nearest(name, Object.keys(schema));
      const hint =
        meant === undefined
          ? `; there are ${Object.keys(schema).join(", ")}`
          : `; did you mean ${meant}?`;
      failures.push({ property: at(name), reason: `there is no such property${hint}` });
    }
  }
  for (const [name, property] of Object.entries(schema)) {
    if (result[name] !== undefined) continue;
    if (property.default !== undefined) result[name] = property.default;
    if (property.required === true && (given[name] === undefined || bare(given[name]) === null)) {
      failures.push({ property: at(name), reason: "it is missing" });
    }
  }
  return result;
}

function checkValue(
  property: Property,
  value: Value,
  path: string,
  failures: InputFailure[],
): Value {
  const inner = bare(value);
  const checked = inner === unknown ? inner : checkKnown(property, inner, path, failures);
  return value instanceof Secret || property.secret === true ? new Secret(checked) : checked;
}

function checkKnown(
  property: Property,
  value: Value,
  path: string,
  failures: InputFailure[],
): Value {
  const allowed = expected(property.kind, value);
  if (allowed !== undefined) {
    failures.push({ property: path, reason: `it has to be ${allowed}` });
    return value;
  }
  const within = nested[property.kind];
  if (within !== undefined && isObject(value)) return checkObject(within, value, path, failures);
  const texts = property.kind === "texts" && Array.isArray(value) ? value : [];
  const variables = property.kind === "variables" && isObject(value) ? value : {};
  for (const [step, item] of [...texts.entries(), ...Object.entries(variables)]) {
    const known = bare(item);
    if (known === unknown || typeof known === "string") continue;
    failures.push({
      property: typeof step === "number" ? `${path}[${step}]` : `${path}.${step}`,
      reason: "it has to be a text",
    });
  }
  if (property.kind === "source") {
    const reason = sourceProblem(value);
    if (reason !== undefined) failures.push({ property: path, reason });
  }
  return value;
}
