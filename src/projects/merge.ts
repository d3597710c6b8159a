/** Any part of a nested mapping. */
export type PartialDeep<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { readonly [Key in keyof T]?: PartialDeep<T[Key]> }
    : T;

type Mapping = Readonly<Record<string, unknown>>;

/**
 * Merges layers of settings into a complete set, later ones over earlier ones: mappings are merged key by key; everything else,
 * lists too, is replaced, and so is a mapping with a `kind`, because it is one of several alternatives. Undefined values are
 * ignored. The inputs do not change.
 */
export function merge<Complete extends object>(
  complete: Complete,
  ...layers: readonly PartialDeep<NoInfer<Complete>>[]
): Complete {
  return layers.reduce<Mapping>(
    (below, above) => overlay(below, above as Mapping),
    complete as Mapping,
  ) as Complete;
}

function overlay(below: Mapping, above: Mapping): Mapping {
  // A Map, because keys are user input: `__proto__` would not become a property.
  const result = new Map(Object.entries(below));
  for (const [key, value] of Object.entries(above)) {
    if (value === undefined) continue;
    const under = result.get(key);
    const whole = [value, under].some((one) => isOneOfSeveral(key, one));
    result.set(key, !whole && isMapping(value) && isMapping(under) ? overlay(under, value) : value);
  }
  return Object.fromEntries(result);
}

/** Mappings whose keys are user input, so `kind` has no special meaning. */
const open = ["env", "secrets", "volumes", "hostAliases"];

const isOneOfSeveral = (key: string, value: unknown): boolean =>
  isMapping(value) && Object.hasOwn(value, "kind") && !open.includes(key);

const isMapping = (value: unknown): value is Mapping =>
  typeof value === "object" && value !== null && !Array.isArray(value);
