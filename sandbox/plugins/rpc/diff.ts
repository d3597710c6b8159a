import { bare, isObject, type Properties, unknown, type Value } from "./values";
import { isWithin, parsePath, type PropertyPath } from "./paths";

/** One property that differs. */
export interface PropertyChange {
  readonly path: PropertyPath;
  readonly kind: "add" | "delete" | "update";
}

/**
 * What an update would change: the differences between the applied and the wanted values, in both directions, down to the deepest
 * property with one. Whether a value is secret makes no difference; an unknown value always does.
 */
export function compare(
  olds: Properties,
  news: Properties,
  ignored: readonly string[] = [],
): PropertyChange[] {
  const roots = ignored.map(parsePath);
  return changes(olds, news, []).filter(({ path }) => !roots.some((root) => isWithin(path, root)));
}

function changes(
  old: Value | undefined,
  wanted: Value | undefined,
  path: PropertyPath,
): PropertyChange[] {
  const before = old === undefined ? undefined : bare(old);
  const after = wanted === undefined ? undefined : bare(wanted);
  if (isAbsent(before) && isAbsent(after)) return [];
  if (isAbsent(before)) return [{ path, kind: "add" }];
  if (isAbsent(after)) return [{ path, kind: "delete" }];
  if (isObject(before) && isObject(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].flatMap((key) => changes(before[key], after[key], [...path, key]));
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    const indices = Array.from({ length: Math.max(before.length, after.length) }, (_, i) => i);
    return indices.flatMap((index) => changes(before[index], after[index], [...path, index]));
  }
  return before === after && after !== unknown ? [] : [{ path, kind: "update" }];
}

/** A null is never sent, so it counts as absent. */
const isAbsent = (value: Value | undefined): value is null | undefined =>
  value === undefined || value === null;
