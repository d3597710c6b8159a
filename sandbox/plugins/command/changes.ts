import { compare } from "../rpc/diff";
import type { JudgedChange } from "../rpc/responses";
import { bare, isObject, mapValues, omit, type Properties, type Value } from "../rpc/values";
import { hashOf } from "./assets";
import { schemaOf } from "./check";

/** What to compare. */
export interface Comparison {
  /** Inputs as last recorded, or outputs, which contain them. */
  readonly olds: Properties;
  readonly news: Properties;
  /** Paths of `ignoreChanges`. */
  readonly ignored: readonly string[];
}

/** Changes of inputs; a changed trigger replaces the resource. A file or archive is compared by content, not path. */
export function judgeChanges(token: string, { olds, news, ignored }: Comparison): JudgedChange[] {
  const names = Object.keys(schemaOf(token));
  const inputs = (properties: Properties): Properties =>
    mapValues(
      omit(properties, ...Object.keys(properties).filter((name) => !names.includes(name))),
      byContent,
    );
  return compare(inputs(olds), inputs(news), ignored).map((change) => ({
    ...change,
    replaces: change.path[0] === "triggers",
  }));
}

function byContent(value: Value): Value {
  const inner = bare(value);
  if (Array.isArray(inner)) return inner.map(byContent);
  return isObject(inner) ? (hashOf(inner) ?? mapValues(inner, byContent)) : inner;
}
