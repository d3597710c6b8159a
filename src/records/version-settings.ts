import { writeCheck } from "../projects/check";
import { merge } from "../projects/merge";
import { VersionSettings, type Override } from "../projects/project";

/** The keys of a project's settings that belong to its version. */
export const versionKeys = Object.keys(VersionSettings.shape) as (keyof VersionSettings)[];

/**
 * The part of layered settings (later over earlier) that belongs to a version, as one line of JSON for records and Deployments.
 * It is a string because the engine would treat a mapping `{secure: …}` in a stack's file as its own secret. It keeps the order
 * of the files, which is the order of a container's variables.
 */
export function writeVersionSettings(...layers: readonly Override[]): string {
  const { check, ...rest } = merge<VersionSettings>({}, ...layers.map(ofVersion));
  return JSON.stringify({ ...rest, ...(check && { check: writeCheck(check) }) });
}

/** Parses settings from a record; throws if they are invalid. */
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

/** A layer without the settings that belong to a version. */
export const withoutVersion = (layer: Override): Override =>
  Object.fromEntries(
    Object.entries(layer).filter(([key]) => !versionKeys.includes(key as keyof VersionSettings)),
  );

/** The host name of probes, which follows from the hosts if the file does not set it. */
export const askedName = "probes.host";

/** Keys under which two versions' settings differ; `probes.host` if only `host` of `probes` does. */
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
