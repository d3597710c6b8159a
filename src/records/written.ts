import { z } from "zod";
import { ReleaseRecord } from "./record";
import { writeStrategy } from "../projects/strategy";

/** Plain data as YAML and JSON have it. */
export type Data = string | number | boolean | Data[] | { [key: string]: Data };

/** A record as written in the stack's file: strategies as people write them, keys in schema order. */
export function writeRecord(record: ReleaseRecord): Record<string, Data> {
  const { strategy, next, ...rest } = record;
  const written = {
    ...rest,
    ...(strategy === undefined ? {} : { strategy: writeStrategy(strategy) }),
    ...(next === undefined ? {} : { next: { ...next, strategy: writeStrategy(next.strategy) } }),
  };
  return ordered(ReleaseRecord, written) as Record<string, Data>;
}

/** The same data with keys in schema order, without undefined ones. */
function ordered(schema: unknown, value: unknown): unknown {
  if (schema instanceof z.ZodOptional) return ordered(schema.unwrap(), value);
  if (schema instanceof z.ZodArray && Array.isArray(value)) {
    return value.map((item) => ordered(schema.element, item));
  }
  if (!(schema instanceof z.ZodObject) || typeof value !== "object" || value === null) return value;
  const given = value as Readonly<Record<string, unknown>>;
  const entries = Object.entries(schema.shape).flatMap(([key, inner]) =>
    given[key] === undefined ? [] : [[key, ordered(inner, given[key])] as const],
  );
  return Object.fromEntries(entries);
}
