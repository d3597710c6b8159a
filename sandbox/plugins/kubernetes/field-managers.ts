import { createHash } from "node:crypto";
import { isJsonObject, type JsonObject } from "../rpc/values";
import type { ApiError } from "./api-error";
import type { ManagedFields } from "./objects";

/** A field that another manager holds to another value. */
export interface Conflict {
  readonly manager: string;
  /** Path in the server's notation, e.g. `.spec.replicas`. */
  readonly field: string;
}

/**
 * Name under which a resource applies its fields. One of its own per resource, as the official plugin has: so two stacks
 * that declare the same object find out about each other.
 */
export function fieldManagerOf(urn: string): string {
  return `pulumi-kubernetes-${createHash("sha256").update(urn).digest("hex").slice(0, 8)}`;
}

/**
 * Managers whose fields are ours by right: the official plugin, which creates objects by a plain POST under names of its
 * own, and what stands for "applied before server-side apply".
 */
const predecessors = new Set([
  "pulumi-kubernetes",
  "pulumi-kubernetes.exe",
  "pulumi-resource-kubernetes",
  "before-first-apply",
]);

/** Tools of a person at a terminal. What they changed is drift, and the program is right. */
const byHand = /^kubectl([-.]|$)/;

/** May fields be taken back from this manager without asking? */
export const yields = (manager: string): boolean =>
  predecessors.has(manager) || byHand.test(manager);

/**
 * The managed fields with those of predecessors made ours, or undefined if there are none. Without that a field dropped
 * from the program would stay on the object, held by a manager that no longer exists.
 */
export function adopted(
  entries: readonly ManagedFields[],
  manager: string,
  former: string | undefined,
): ManagedFields[] | undefined {
  const ours = (entry: ManagedFields): boolean =>
    entry.subresource === undefined &&
    ((entry.operation === "Update" && predecessors.has(entry.manager)) ||
      (entry.operation === "Apply" && entry.manager === former && former !== manager));
  const taken = entries.filter(ours);
  const [first] = taken;
  if (first === undefined) return undefined;
  const rest = entries.filter((entry) => !ours(entry));
  const own = rest.find((entry) => entry.manager === manager && entry.operation === "Apply");
  const fields = [...(own === undefined ? [] : [own]), ...taken].map((entry) => entry.fieldsV1);
  const merged: ManagedFields = {
    ...(own ?? first),
    manager,
    operation: "Apply",
    fieldsV1: fields.reduce(union),
  };
  return [...rest.filter((entry) => entry !== own), merged];
}

/** Does a manager own the field at this path of plain keys, or with no path any field? */
export function owns(
  entries: readonly ManagedFields[],
  manager: string,
  path: readonly string[],
): boolean {
  return entries
    .filter((entry) => entry.manager === manager && entry.operation === "Apply")
    .some((entry) => path.reduce<JsonObject | undefined>(member, entry.fieldsV1) !== undefined);
}

/** The fields and managers that an apply ran into. */
export function conflicts({ causes }: ApiError): Conflict[] {
  return causes
    .filter(({ reason }) => reason === "FieldManagerConflict")
    .map(({ field = "", message = "" }) => ({
      field,
      manager: /conflict with "([^"]*)"/.exec(message)?.[1] ?? "another manager",
    }));
}

/** What to tell of a conflict that has to be decided by a person. */
export function explainConflicts(object: string, found: readonly Conflict[]): string {
  const fields = found.map(({ field, manager }) => `  ${field} is held by "${manager}"`);
  return [
    `${object} has fields that another field manager holds to other values:`,
    ...fields,
    "Either leave these fields to it: drop them from the program, or name them in `ignoreChanges`.",
    'Or take them over: annotate the object with pulumi.com/patchForce: "true", or set `enablePatchForce` on the provider.',
  ].join("\n");
}

/** FieldsV1 is a trie, so the union of two sets is a deep merge. */
function union(a: JsonObject, b: JsonObject): JsonObject {
  const merged: JsonObject = { ...a };
  for (const [key, value] of Object.entries(b)) {
    const other = merged[key];
    merged[key] = isJsonObject(other) && isJsonObject(value) ? union(other, value) : value;
  }
  return merged;
}

function member(fields: JsonObject | undefined, key: string): JsonObject | undefined {
  const inner = fields?.[`f:${key}`];
  return isJsonObject(inner) ? inner : undefined;
}
