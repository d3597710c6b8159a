import type { ReleaseRecord } from "../records/record";

/** A record with what lets it through a freeze, for the version on its way as well; without one on its way it is said now. */
export const excused = (
  record: ReleaseRecord,
  excuse: Pick<ReleaseRecord, "override" | "released"> = {},
): ReleaseRecord => {
  const { next } = record;
  if (next === undefined) return { ...record, ...excuse };
  const { override } = excuse;
  const through = override === undefined ? {} : { override };
  return { ...record, ...through, next: { ...next, ...through } };
};
