import { isObject, Secret, type Value } from "./values";

/** Shorter secrets occur by chance in many places: they are only marked where they were given. */
const recognizable = 6;

/** A text with every secret of these inputs masked. */
export function redact(text: string, inputs: Value): string {
  return secretTexts(inputs).reduce((clean, secret) => clean.replaceAll(secret, "[secret]"), text);
}

/** Every recognizable text inside a secret, as given and in base64. */
export function secretTexts(value: Value): string[] {
  const texts = leaves(value, false).filter((text) => text.length >= recognizable);
  return [...new Set(texts.flatMap((text) => [text, Buffer.from(text).toString("base64")]))];
}

function leaves(value: Value, secret: boolean): string[] {
  if (value instanceof Secret) return leaves(value.value, true);
  if (Array.isArray(value)) return value.flatMap((item) => leaves(item, secret));
  if (isObject(value)) return Object.values(value).flatMap((item) => leaves(item, secret));
  return secret && typeof value === "string" ? [value] : [];
}
