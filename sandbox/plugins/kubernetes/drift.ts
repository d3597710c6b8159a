import { isDeepStrictEqual } from "node:util";
import {
  bare,
  hasSecret,
  isJsonObject,
  isObject,
  type Json,
  type JsonObject,
  type Properties,
  Secret,
  type Value,
} from "../rpc/values";

/**
 * Inputs as the live object has them: those recorded, with what someone else has changed since. What counts is not
 * whether live and recorded values look alike ("0.01" and "10m" do not) but whether applying the recorded inputs again,
 * as a dry run, would change the live object.
 */
export function driftedInputs(
  inputs: Properties,
  applied: JsonObject,
  live: JsonObject,
): Properties {
  return driftedObject(inputs, applied, live);
}

function drifted(input: Value, applied: Json | undefined, live: Json): Value {
  if (isDeepStrictEqual(applied, live)) return input;
  const inner = bare(input);
  if (isObject(inner) && isJsonObject(applied) && isJsonObject(live)) {
    return rewrap(input, driftedObject(inner, applied, live));
  }
  if (Array.isArray(inner) && Array.isArray(applied) && Array.isArray(live)) {
    return rewrap(input, driftedList(inner, applied, live));
  }
  return hasSecret(input) ? new Secret(live) : live;
}

/** Keys that the program does not set are not its business; keys that are gone are gone. */
function driftedObject(inputs: Properties, applied: JsonObject, live: JsonObject): Properties {
  const entries = Object.entries(inputs).flatMap(([key, input]): [string, Value][] => {
    const now = live[key];
    if (now === undefined)
      return isIdentity(key) || applied[key] === undefined ? [[key, input]] : [];
    return [[key, drifted(input, applied[key], now)]];
  });
  return Object.fromEntries(entries);
}

/**
 * Items are matched by the key that tells them apart where the server merges lists by key; then items of other owners are
 * left out. Any other list belongs to its applier as a whole.
 */
function driftedList(inputs: Value[], applied: Json[], live: Json[]): Value[] {
  const key = itemKeys.find((name) =>
    [inputs.map(bare), applied, live].every((items) => identifies(items, name)),
  );
  if (key === undefined) {
    const alike = inputs.length === applied.length && applied.length === live.length;
    if (!alike) return hasSecret(inputs) ? live.map((item) => new Secret(item)) : live;
    return inputs.map((input, index) => drifted(input, applied[index], live[index] ?? null));
  }
  const same = (item: Value, other: Value): boolean => keyed(item, key) === keyed(other, key);
  const kept = inputs.flatMap((input) => {
    const now = live.find((item) => same(item, input));
    const again = applied.find((item) => same(item, input));
    return now === undefined ? [] : [drifted(input, again, now)];
  });
  const foreign = live.filter(
    (item) =>
      !applied.some((other) => same(item, other)) && !inputs.some((other) => same(item, other)),
  );
  return [...kept, ...foreign];
}

/** Merge keys of the lists in Kubernetes' own kinds, the telling ones first. */
const itemKeys = [
  "name",
  "containerPort",
  "port",
  "mountPath",
  "devicePath",
  "ip",
  "key",
  "topologyKey",
  "type",
  "uid",
];

function identifies(items: readonly Value[], key: string): boolean {
  const values = items.map((item) => keyed(item, key));
  return values.every((value) => value !== undefined) && new Set(values).size === items.length;
}

function keyed(item: Value, key: string): string | undefined {
  const inner = bare(item);
  const value = isObject(inner) ? bare(inner[key] ?? null) : null;
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
}

const rewrap = (like: Value, value: Value): Value =>
  like instanceof Secret ? new Secret(bare(value)) : value;

/** Parts of an object's identity, which no dry run can contradict. */
const isIdentity = (key: string): boolean => key === "apiVersion" || key === "kind";
