import {
  bare,
  hasSecret,
  isObject,
  mapValues,
  type Properties,
  Secret,
  type Value,
} from "../rpc/values";
import { secretTexts } from "../rpc/secret-texts";

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
