import { writeCheck } from "../projects/check";
import { merge } from "../projects/merge";
import { VersionSettings, type Override } from "../projects/project";

/** The keys of those settings of a project that belong to its version. */
export const versionKeys = Object.keys(VersionSettings.shape) as (keyof VersionSettings)[];

/**
 * What of layers of settings, the later over the earlier, belongs to a version, as one line of JSON: records keep it, and
 * Deployments tell it. One text, for the engine would take a mapping `{secure: …}` in a stack's file for a secret of its own; and
 * in the order in which files say it, which is that of a container's variables.
 */
export function writeVersionSettings(...layers: readonly Override[]): string {
  const { check, ...rest } = merge<VersionSettings>({}, ...layers.map(ofVersion));
  return JSON.stringify({ ...rest, ...(check && { check: writeCheck(check) }) });
}

/** Settings as a record keeps them; throws where they are none. */
export const readVersionSettings = (text: string): VersionSettings =>
  VersionSettings.parse(JSON.parse(text));

/** Whether a text is what `writeVersionSettings` writes. */
export function isVersionSettings(text: string): boolean {
  try {
    return VersionSettings.safeParse(JSON.parse(text)).success;
  } catch {
    return false;
  }
}

/** A layer without what belongs to a version. */
export const withoutVersion = (layer: Override): Override =>
  Object.fromEntries(
    Object.entries(layer).filter(([key]) => !versionKeys.includes(key as keyof VersionSettings)),
  );

/** The name by which a version is asked, which follows from its hosts where its file leaves it open. */
export const askedName = "probes.host";

/** Keys under which two versions' settings differ; of `probes` its `host`, where that is all. */
export function differing(one: string, other: string): string[] {
  const [a, b] = [one, other].map((text) => JSON.parse(text) as Record<string, unknown>);
  const same = (x: unknown, y: unknown): boolean => JSON.stringify(x) === JSON.stringify(y);
  return versionKeys
    .filter((key) => !same(a?.[key], b?.[key]))
    .map((key) =>
      key === "probes" && same(withoutHost(a?.[key]), withoutHost(b?.[key])) ? askedName : key,
    );
}

const withoutHost = (probes: unknown): object =>
  Object.fromEntries(Object.entries(probes ?? {}).filter(([key]) => key !== "host"));

const ofVersion = (layer: Override): VersionSettings =>
  Object.fromEntries(versionKeys.flatMap((key) => (key in layer ? [[key, layer[key]]] : [])));
