import type { Version } from "./context";

/** Longer ones are not told: all annotations of an object together may have a quarter of a megabyte. */
const longestSettings = 131_072;

/** Who has said something of a project, and when. */
export interface Said {
  /** As records write a moment. */
  at: string;
  by: string;
}

const releasedKey = "slipway/released";

/** Tells who has released, rolled back or removed a project last, and when. */
export const releasedAnnotation = ({ at, by }: Said): Record<string, string> => ({
  [releasedKey]: `${at} by ${by}`,
});

/** Reads it; undefined where annotations do not tell. */
export function readReleased(annotations: Readonly<Record<string, string>>): Said | undefined {
  const [, at, by] = /^(\S+) by (.+)$/.exec(annotations[releasedKey] ?? "") ?? [];
  return at === undefined || by === undefined ? undefined : { at, by };
}

/**
 * Where a version comes from and what it runs with. On the Deployment, not on its pods: a tag that moves to the same digest is no
 * reason to restart anything.
 */
export function provenance(version: Version): Record<string, string> {
  const { tag, commit, config, released, settings = "" } = version;
  const noted = settings === "" || settings.length > longestSettings ? undefined : settings;
  const annotations = Object.entries({ tag, commit, config, settings: noted }).flatMap(
    ([key, value]) => (value === undefined ? [] : [[`slipway/${key}`, value] as const]),
  );
  return { ...Object.fromEntries(annotations), ...(released && releasedAnnotation(released)) };
}
