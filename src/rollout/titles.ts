import type { ReleaseRecord } from "../records/record";

/** The first hex digits of a digest: enough to know it again. */
export const shortDigest = (digest: string): string => digest.replace(/^sha256:/, "").slice(0, 12);

/** A version as it is told of; undefined where none was recorded. */
export const shortVersion = (record: ReleaseRecord | undefined): string =>
  record === undefined ? "what it ran before its first release" : shortDigest(record.digest);

/** How far a release has come. */
export function whereIn({ digest, next }: ReleaseRecord): string {
  return next === undefined
    ? `when ${shortDigest(digest)} was to serve`
    : `at step \`${next.step}\` of the release of ${shortDigest(next.digest)}`;
}

/** What an update does, in a line: the title of its step and the message in the stack's history. */
export function titleOf(project: string, { digest, next, removed }: ReleaseRecord): string {
  if (removed === true) return `${project}: removed from the stack`;
  return next === undefined
    ? `${project}: ${shortDigest(digest)} serves`
    : `${project}: ${shortDigest(next.digest)}, ${next.step}`;
}
