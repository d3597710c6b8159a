import { bare, hasUnknown, isObject, mapValues, omit, type Properties } from "../rpc/values";
import type { ApiError } from "./api-error";
import { isNamed, normalize } from "./check";
import { compare } from "../rpc/diff";
import type { JudgedChange } from "../rpc/responses";
import { groupOf, isAnnotated } from "./objects";
import { isWithin, valueAt } from "../rpc/paths";
import { immutableFields, type ReplaceOptions, replaces } from "./replace";
import { recorded } from "./state";

/** What to compare. */
export interface Comparison {
  /** Inputs as last recorded. */
  readonly olds: Properties;
  readonly news: Properties;
  /** Outputs as last recorded. */
  readonly state: Properties;
  /** Paths of `ignoreChanges`. */
  readonly ignored: readonly string[];
  readonly namespaced: boolean;
}

/**
 * The changes between recorded and wanted inputs and which of them replace the object. `rehearse` tries the update on the
 * server, and is asked only where neither the table nor something unknown has decided.
 */
export async function judgeChanges(
  { olds, news, state, ignored, namespaced }: Comparison,
  options: ReplaceOptions,
  rehearse: () => Promise<ApiError | undefined>,
): Promise<JudgedChange[]> {
  const form = (inputs: Properties): Properties => normalize(scoped(inputs, namespaced));
  const wanted = form(news);
  // Of an imported object nothing is ours yet: not declaring a field takes nothing away from it.
  const imported = recorded(state).imported === true;
  const found = compare(form(olds), wanted, ignored).filter(
    ({ kind }) => !(imported && kind === "delete"),
  );
  const object = typed(wanted);
  const moved = groupOf(typed(olds).apiVersion) !== groupOf(object.apiVersion);
  const judged = found.map((change) => ({
    ...change,
    replaces:
      replaces(change.path, object, options) || (moved && String(change.path[0]) === "apiVersion"),
  }));
  if (judged.length === 0 || judged.some((change) => change.replaces) || hasUnknown(wanted)) {
    return judged;
  }
  const error = await rehearse();
  const fields = error === undefined ? [] : immutableFields(object, error);
  return judged.map((change) => ({
    ...change,
    replaces: fields.some((field) => isWithin(change.path, field) || isWithin(field, change.path)),
  }));
}

/** Must the old object be gone before the new one is made? Yes where both have one name, which the program gave. */
export function deletesFirst(
  { olds, news, state }: Pick<Comparison, "olds" | "news" | "state">,
  changes: readonly JudgedChange[],
): boolean {
  const same = (field: string): boolean => {
    const path = ["metadata", field];
    const before = bare(valueAt(state, path) ?? valueAt(olds, path) ?? null);
    return before === bare(valueAt(news, path) ?? null);
  };
  return (
    changes.some((change) => change.replaces) &&
    isNamed(news) &&
    !isAnnotated(news, "autonamed") &&
    same("name") &&
    same("namespace")
  );
}

/** Inputs without a namespace where the kind has none: one given by mistake is not sent either. */
function scoped(inputs: Properties, namespaced: boolean): Properties {
  if (namespaced) return inputs;
  return mapValues(inputs, (value, key) =>
    key === "metadata" && isObject(value) ? omit(value, "namespace") : value,
  );
}

function typed(inputs: Properties): { apiVersion: string; kind: string; immutable: boolean } {
  const text = (key: string): string => {
    const value = bare(inputs[key] ?? null);
    return typeof value === "string" ? value : "";
  };
  const immutable = bare(inputs["immutable"] ?? null) === true;
  return { apiVersion: text("apiVersion"), kind: text("kind"), immutable };
}
