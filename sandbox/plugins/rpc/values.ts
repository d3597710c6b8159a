import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";

/** A value that is encrypted in state and never shown. */
export class Secret {
  constructor(public readonly value: Value) {}
}

class Unknown {
  /** An unknown in a manifest is a bug of ours, and must never be sent. */
  public toJSON(): never {
    throw new Error("a value that is not known yet cannot be written as JSON");
  }
}

/** Stands for a value that is known only during the update. */
export const unknown = new Unknown();

/** Values between engine and plugin: JSON, with secrets wrapped and unknowns marked. */
export type Value = Json | Secret | Unknown | Value[] | Properties;
/** Properties of a resource or of a provider. */
export interface Properties {
  [key: string]: Value;
}

/** Plain JSON: nothing wrapped, nothing unknown. */
export type Json = null | boolean | number | string | Json[] | JsonObject;
/** A plain JSON object. */
export interface JsonObject {
  [key: string]: Json;
}

/** Key and signatures of the wire format (sdk/go/common/resource/sig and plugin/rpc.go of pulumi). */
const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
const unknownString = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const unknowns = new Set([
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  unknownString,
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

/** Properties from a message; an absent struct means no properties. */
export function decode(struct: Struct | undefined): Properties {
  return mapValues(struct?.toJavaScript() ?? {}, decodeValue);
}

/** Properties for a message. */
export function encode(properties: Properties): Struct {
  return Struct.fromJavaScript(mapValues(properties, encodeValue));
}

/** Is this an object with keys, neither a list nor a secret nor unknown? */
export function isObject(value: Value | undefined): value is Properties {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Secret) &&
    value !== unknown
  );
}

/** The value inside any secret wrapping; parts of it may still be wrapped. */
export function bare(value: Value): Exclude<Value, Secret> {
  return value instanceof Secret ? bare(value.value) : value;
}

/** The whole value as JSON, with secrets unwrapped, for the API it is meant for. Throws on unknowns. */
export function reveal(value: Value): Json {
  const inner = bare(value);
  if (inner === unknown) return unknown.toJSON();
  if (Array.isArray(inner)) return inner.map(reveal);
  return isObject(inner) ? mapValues(inner, reveal) : (inner as Json);
}

/** A copy of an object with each value replaced. */
export function mapValues<From, To>(
  object: Readonly<Record<string, From>>,
  map: (value: From, key: string) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value, key)]));
}

/** A copy of an object without these keys. */
export function omit<Value>(
  object: Readonly<Record<string, Value>>,
  ...names: readonly string[]
): Record<string, Value> {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !names.includes(key)));
}

function decodeValue(value: JavaScriptValue): Value {
  if (typeof value === "string") return unknowns.has(value) ? unknown : value;
  if (Array.isArray(value)) return value.map(decodeValue);
  if (typeof value !== "object" || value === null) return value;
  const object = value as Record<string, JavaScriptValue>;
  if (object[signatureKey] !== secretSignature) return mapValues(object, decodeValue);
  return new Secret(bare(decodeValue(object["value"] ?? null)));
}

function encodeValue(value: Value): JavaScriptValue {
  if (value === unknown) return unknownString;
  if (value instanceof Secret) {
    return { [signatureKey]: secretSignature, value: encodeValue(bare(value)) };
  }
  if (Array.isArray(value)) return value.map(encodeValue);
  return isObject(value) ? mapValues(value, encodeValue) : (value as JavaScriptValue);
}
