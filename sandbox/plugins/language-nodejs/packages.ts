import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** A resource plugin that an npm package stands for. */
export interface PulumiPackage {
  /** Name of the plugin, e.g. `kubernetes`. */
  readonly name: string;
  /** Without a leading `v`. */
  readonly version: string;
  /** Where to download it from, if not from Pulumi. */
  readonly server?: string;
}

/** The part of package.json that is used here. */
interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly pulumi?: {
    readonly resource?: boolean;
    readonly name?: string;
    readonly version?: string;
    readonly server?: string;
  };
}

const sdk = "@pulumi/pulumi";

/** Version of the SDK that this host runs on, and reports. */
export function sdkVersion(): string {
  const manifest = JSON.parse(
    readFileSync(require.resolve(`${sdk}/package.json`), "utf8"),
  ) as Manifest;
  return manifest.version ?? "0.0.0";
}

/**
 * The plugins that a program needs: every package it depends on, directly or not, with `"pulumi": {"resource": true}`. Only
 * packages that depend on the SDK can lead to others, so only a few files of node_modules are read.
 */
export async function pulumiPackages(directory: string): Promise<PulumiPackage[]> {
  const installed = await reach(directory, (manifest) => sdk in runtimeDependencies(manifest));
  return installed.flatMap(({ name = "", version = "", pulumi }) => {
    if (pulumi?.resource !== true) return [];
    const plugin = pulumi.name ?? name.replace(/^@pulumi\//, "");
    const wanted = ofSandbox(plugin) ?? pulumi.version ?? version;
    return [{ name: plugin, version: wanted.replace(/^v/, ""), server: pulumi.server }];
  });
}

/** Version of a plugin that the sandbox provides in place of the SDK's. */
const ofSandbox = (plugin: string): string | undefined =>
  plugin === "kubernetes" ? process.env["SLIPWAY_KUBERNETES_PLUGIN"] : undefined;

/** Direct and indirect dependencies of a program, sorted by name. */
export async function dependencies(
  directory: string,
  transitive: boolean,
): Promise<{ name: string; version: string }[]> {
  const found = await reach(directory, () => transitive);
  return found
    .map(({ name = "", version = "" }) => ({ name, version }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Manifests of a program's dependencies, following those of a package if `follow` says so. */
async function reach(
  directory: string,
  follow: (manifest: Manifest) => boolean,
): Promise<Manifest[]> {
  const found = new Map<string, Manifest>();
  const visit = async (from: string, names: Iterable<string>): Promise<void> => {
    for (const name of names) {
      const installed = await locate(from, name);
      if (installed === undefined || found.has(installed.folder)) continue;
      found.set(installed.folder, installed.manifest);
      if (follow(installed.manifest)) {
        await visit(installed.folder, Object.keys(runtimeDependencies(installed.manifest)));
      }
    }
  };
  const program = await manifestIn(directory);
  const own = { ...program?.devDependencies, ...runtimeDependencies(program ?? {}) };
  await visit(directory, Object.keys(own));
  return [...found.values()];
}

/** Dependencies of an installed package, without development dependencies. */
function runtimeDependencies(manifest: Manifest): Readonly<Record<string, string>> {
  return { ...manifest.peerDependencies, ...manifest.dependencies };
}

/** Node's module resolution: `node_modules` here, then in the folders above. */
async function locate(
  from: string,
  name: string,
): Promise<{ folder: string; manifest: Manifest } | undefined> {
  for (let at = from; ; at = dirname(at)) {
    const folder = join(at, "node_modules", name);
    const manifest = await manifestIn(folder);
    if (manifest !== undefined) return { folder, manifest };
    if (at === dirname(at)) return undefined;
  }
}

async function manifestIn(folder: string): Promise<Manifest | undefined> {
  const text = await readFile(join(folder, "package.json"), "utf8").catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as Manifest);
}
