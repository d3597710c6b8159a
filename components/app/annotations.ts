import type { Version } from "./frame";

/** Longer ones are not told: all annotations of an object together may have a quarter of a megabyte. */
const longestSettings = 131_072;

/**
 * Where a version comes from and what it runs with. On the Deployment, not on its pods: a tag that moves to the same digest is no
 * reason to restart anything.
 */
export function provenance(version: Version): Record<string, string> {
  const { tag, commit, config, released, settings = "" } = version;
  const told = settings === "" || settings.length > longestSettings ? undefined : settings;
  const said = released && `${released.at} by ${released.by}`;
  const annotations = Object.entries({ tag, commit, config, released: said, settings: told });
  return Object.fromEntries(
    annotations.flatMap(([key, value]) =>
      value === undefined ? [] : [[`slipway/${key}`, value] as const],
    ),
  );
}
