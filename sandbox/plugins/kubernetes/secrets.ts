import {
  bare,
  hasSecret,
  isObject,
  mapValues,
  type Properties,
  Secret,
  type Value,
} from "../rpc/values";

/** Shorter secrets turn up by chance in many places: they are only marked where they were given. */
const recognizable = 6;
/** From this length on they are also found inside longer texts. */
const unmistakable = 12;

/**
 * Marks as secret in `outputs` what is secret in `inputs`, and the data of every Secret. What the server has moved or
 * copied elsewhere is found by its text; lists are compared item by item as long as they have equally many.
 */
export function markSecrets(outputs: Properties, inputs: Properties): Properties {
  const texts = secretTexts(inputs);
  const marked = markLike(outputs, inputs);
  return sealSecretData(texts.length === 0 ? marked : markTexts(marked, texts));
}

/** A Secret's data is secret as a whole, whoever wrote it. */
export function sealSecretData(object: Properties): Properties {
  if (object["kind"] !== "Secret" || object["apiVersion"] !== "v1") return object;
  const seal = (value: Value): Value => new Secret(bare(value));
  return mapValues(object, (value, key) =>
    key === "data" || key === "stringData" ? seal(value) : value,
  );
}

/** A text with every secret of these inputs blotted out. */
export function redact(text: string, inputs: Properties): string {
  return secretTexts(inputs).reduce((clean, secret) => clean.replaceAll(secret, "[secret]"), text);
}

function markLike(output: Properties, input: Properties): Properties;
function markLike(output: Value, input: Value | undefined): Value;
function markLike(output: Value, input: Value | undefined): Value {
  if (input === undefined || output instanceof Secret || !hasSecret(input)) return output;
  if (isObject(output) && isObject(input)) {
    return mapValues(output, (value, key) => markLike(value, input[key]));
  }
  if (Array.isArray(output) && Array.isArray(input) && output.length === input.length) {
    return output.map((item, index) => markLike(item, input[index]));
  }
  return new Secret(bare(output));
}

function markTexts(value: Properties, texts: readonly string[]): Properties;
function markTexts(value: Value, texts: readonly string[]): Value;
function markTexts(value: Value, texts: readonly string[]): Value {
  if (typeof value === "string") {
    const tells = (text: string): boolean =>
      value === text || (text.length >= unmistakable && value.includes(text));
    return texts.some(tells) ? new Secret(value) : value;
  }
  if (Array.isArray(value)) return value.map((item) => markTexts(item, texts));
  return isObject(value) ? mapValues(value, (item) => markTexts(item, texts)) : value;
}

/** Every recognizable text inside a secret, as given and in base64. */
function secretTexts(value: Value): string[] {
  const texts = leaves(value, false).filter((text) => text.length >= recognizable);
  return [...new Set(texts.flatMap((text) => [text, Buffer.from(text).toString("base64")]))];
}

function leaves(value: Value, secret: boolean): string[] {
  if (value instanceof Secret) return leaves(value.value, true);
  if (Array.isArray(value)) return value.flatMap((item) => leaves(item, secret));
  if (isObject(value)) return Object.values(value).flatMap((item) => leaves(item, secret));
  return secret && typeof value === "string" ? [value] : [];
}
