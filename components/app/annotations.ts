import type { DeclaredVersion } from "./context";

/** Longer settings are left out: Kubernetes allows 256 KiB for all annotations of an object together. */
const longestSettings = 131_072;

/** Who has released, rolled back or removed a project, and when. */
export interface Said {
  /** Time in the format of records. */
  at: string;
  by: string;
}

const releasedKey = "slipway/released";

/** Annotations that say who last released, rolled back or removed a project, and when. */
export const releasedAnnotation = ({ at, by }: Said): Record<string, string> => ({
  [releasedKey]: `${at} by ${by}`,
});

/** Reads them; undefined where they are missing. */
export function readReleased(annotations: Readonly<Record<string, string>>): Said | undefined {
  const [, at, by] = /^(\S+) by (.+)$/.exec(annotations[releasedKey] ?? "") ?? [];
  return at === undefined || by === undefined ? undefined : { at, by };
}

/**
 * Annotations with the origin and the settings of a version. They are on the Deployment, not on its pods: another tag for the
 * same digest must not restart them.
 */
export function provenance(version: DeclaredVersion): Record<string, string> {
  const { tag, commit, config, released, settings = "" } = version;
  const noted = settings === "" || settings.length > longestSettings ? undefined : settings;
  const annotations = Object.entries({ tag, commit, config, settings: noted }).flatMap(
    ([key, value]) => (value === undefined ? [] : [[`slipway/${key}`, value] as const]),
  );
  return { ...Object.fromEntries(annotations), ...(released && releasedAnnotation(released)) };
}
