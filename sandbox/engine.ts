import { execa } from "execa";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { copyFile, link, mkdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { z } from "zod";
import { isExecutable } from "../components/shared/system/executable";
import type { Layout } from "./layout";
import { installLanguageHost, installProvider, standIns } from "./plugins/install";
import type { Progress } from "./progress";
import type { Toolchain } from "./toolchain/build";
import { toolVersion } from "./toolchain/plan";
import { checkout } from "../components/shared/system/checkout";

/** Parts built here from the official source, whose binaries Pulumi publishes only on its download site. */
const built = "official, built from its Go module";

/** Origin of a part of the engine. */
const Source = z.enum(["official", built, "stand-in"]);

/** Plugins whose official source is on the Go proxy, each with the tool that builds it. */
const builtPlugins = { "docker-build": "docker-build", kubernetes: "pulumi-kubernetes" } as const;

/** Every plugin of a provider that the program uses. */
const plugins = ["docker-build", "kubernetes", "command"] as const;
type Plugin = (typeof plugins)[number];

const EnginePart = z.strictObject({ name: z.string(), version: z.string(), source: Source });
/** One part of the engine that the stacks of this sandbox run on. */
export type EnginePart = z.infer<typeof EnginePart>;

type BinaryLookup = Toolchain["binary"];

/** Oldest official engine the pinned SDK is tested with; newer ones of the same major serve as well. */
const oldestEngine = pinned("@pulumi/pulumi");

/** Directory of the sandbox's own `pulumi` and language host; empty if the official one is in use. */
export const binDir = (layout: Layout): string => join(layout.state, "bin");
/** `PULUMI_HOME` of the sandbox: its plugins and its login, never the user's. */
export const pulumiHome = (layout: Layout): string => join(layout.state, "pulumi-home");
const engineRecord = "engine.json";
const recordPath = (layout: Layout): string => join(layout.state, engineRecord);
/** Whether a folder is the `binDir` of any sandbox of any checkout: `slipway env` puts it on PATH. */
const isSandboxes = (folder: string): boolean => existsSync(join(folder, "..", engineRecord));

/**
 * Assembles an engine. Installed official parts are used; what is not built here in the SDK's version is downloaded from Pulumi's
 * site, with one attempt; what is still missing is built from its public module or, if that is not published, replaced by a
 * stand-in. A sandbox of an earlier checkout gets the parts it lacks.
 */
export async function prepareEngine(
  layout: Layout,
  binary: BinaryLookup,
  progress: Progress,
): Promise<EnginePart[]> {
  const known = engineParts(layout) ?? [];
  const missing = plugins.filter((plugin) => !known.some(({ name }) => name === plugin));
  if (missing.length === 0) return known;
  await mkdir(join(pulumiHome(layout), "plugins"), { recursive: true });
  const others = known.length > 0 ? known : await prepareCli(layout, binary);
  progress(`looking for the official plugins: ${missing.join(", ")}`);
  const parts = [
    ...others,
    ...(await Promise.all(missing.map((name) => preparePlugin(layout, name, binary)))),
  ];
  await writeFile(recordPath(layout), JSON.stringify(parts, undefined, 2));
  return parts;
}

/** The parts chosen by an earlier `prepareEngine`; undefined before the first, and if another checkout chose differently. */
export function engineParts(layout: Layout): EnginePart[] | undefined {
  if (!existsSync(recordPath(layout))) return undefined;
  return z
    .array(EnginePart)
    .safeParse(JSON.parse(readFileSync(recordPath(layout), "utf8")))
    .data?.filter(({ name, source }) => source !== "stand-in" || standIns.includes(name));
}

/** The official `pulumi` on PATH, if it exists and is not older than the SDK. */
export async function officialCli(): Promise<{ path: string; version: string } | undefined> {
  const path = onPath("pulumi", isSandboxes);
  if (path === undefined) return undefined;
  const { stdout } = await execa(path, ["version"], { env: { PULUMI_SKIP_UPDATE_CHECK: "true" } });
  const version = stdout.trim().replace(/^v/, "");
  return compatible(version, oldestEngine) ? { path, version } : undefined;
}

async function prepareCli(layout: Layout, binary: BinaryLookup): Promise<EnginePart[]> {
  const official = await officialCli();
  if (official !== undefined) {
    return ["pulumi", "language host"].map((name) => ({
      name,
      version: official.version,
      source: "official",
    }));
  }
  const bin = binDir(layout);
  await mkdir(bin, { recursive: true });
  // The engine looks for its language host beside the real file, so a symlink into the shared cache does not work.
  await place(binary("pulumi"), join(bin, "pulumi"));
  await installLanguageHost(bin);
  return [
    { name: "pulumi", version: oldestEngine, source: built },
    { name: "language host", version: oldestEngine, source: "stand-in" },
  ];
}

/** The installed plugin; otherwise a downloaded one, unless the same is built here; otherwise ours. */
async function preparePlugin(
  layout: Layout,
  name: Plugin,
  binary: BinaryLookup,
): Promise<EnginePart> {
  await removePlugin(layout, name);
  const wanted = pinned(`@pulumi/${name}`);
  const own = name === "command" ? wanted : toolVersion(builtPlugins[name]);
  const installed = await useInstalled(layout, name, own);
  if (installed !== undefined) return { name, version: installed, source: "official" };
  if ((name === "command" || own !== wanted) && (await fetchPlugin(layout, name, wanted))) {
    return { name, version: wanted, source: "official" };
  }
  if (name === "command") {
    await installProvider(pulumiHome(layout), name, own);
    return { name, version: own, source: "stand-in" };
  }
  const folder = pluginFolder(layout, name, own);
  await mkdir(folder, { recursive: true });
  await place(binary(`pulumi-resource-${name}`), join(folder, `pulumi-resource-${name}`));
  return { name, version: own, source: built };
}

const pluginFolder = (layout: Layout, name: Plugin, version: string): string =>
  join(pulumiHome(layout), "plugins", `resource-${name}-v${version}`);

/** The engine takes the newest one in the folder, so leftovers of another checkout or of an interrupted run are removed first. */
async function removePlugin(layout: Layout, name: Plugin): Promise<void> {
  const plugins = join(pulumiHome(layout), "plugins");
  for (const entry of readdirSync(plugins)) {
    if (entry.startsWith(`resource-${name}-v`)) {
      await rm(join(plugins, entry), { recursive: true, force: true });
    }
  }
}

/** Links the newest plugin that the user has installed, if it is not too old; returns its version. */
async function useInstalled(
  layout: Layout,
  name: Plugin,
  oldest: string,
): Promise<string | undefined> {
  const plugins = join(homedir(), ".pulumi", "plugins");
  if (!existsSync(plugins)) return undefined;
  const prefix = `resource-${name}-v`;
  const [version] = readdirSync(plugins)
    .filter((entry) => entry.startsWith(prefix) && !/\.(lock|partial)$/.test(entry))
    .map((entry) => entry.slice(prefix.length))
    .filter((each) => compatible(each, oldest))
    .sort((a, b) => (compatible(a, b) ? -1 : 1));
  if (version === undefined) return undefined;
  // The engine ignores a folder that is a link: the folder is ours, its contents are linked.
  const folder = pluginFolder(layout, name, version);
  await mkdir(folder);
  for (const file of readdirSync(join(plugins, `${prefix}${version}`))) {
    await symlink(join(plugins, `${prefix}${version}`, file), join(folder, file));
  }
  return version;
}

/** One short attempt: given up at the first failure, or if the download has not begun after a few seconds. */
async function fetchPlugin(layout: Layout, name: Plugin, version: string): Promise<boolean> {
  const giveUp = new AbortController();
  const ours = join(binDir(layout), "pulumi");
  const install = execa(
    existsSync(ours) ? ours : "pulumi",
    ["plugin", "install", "resource", name, version],
    {
      env: { PULUMI_HOME: pulumiHome(layout), PULUMI_SKIP_UPDATE_CHECK: "true" },
      cancelSignal: giveUp.signal,
      all: true,
      reject: false,
    },
  );
  const timeout = setTimeout(() => {
    giveUp.abort();
  }, 8_000);
  install.all.on("data", (chunk: Buffer) => {
    const said = chunk.toString();
    if (said.includes("Downloading")) clearTimeout(timeout);
    // The engine would try five times; a machine without internet access fails the same way each time.
    if (said.includes("Error downloading")) giveUp.abort();
  });
  const { exitCode } = await install;
  clearTimeout(timeout);
  return exitCode === 0;
}

/** Version pinned in package.json, which alone decides the versions of SDKs and plugins. */
function pinned(dependency: string): string {
  const manifest = z
    .object({ dependencies: z.record(z.string(), z.string()) })
    .parse(JSON.parse(readFileSync(join(checkout, "package.json"), "utf8")));
  const version = manifest.dependencies[dependency];
  if (version === undefined) throw new Error(`${dependency} is not in package.json`);
  return version;
}

/** Pulumi's own rule for plugins: same major, at least the version asked for. */
export function compatible(version: string, wanted: string): boolean {
  const [a, b] = [version, wanted].map((text) => text.split(/[.+-]/, 3).map(Number));
  const [major = 0, minor = 0, patch = 0] = a ?? [];
  const [wantedMajor = 0, wantedMinor = 0, wantedPatch = 0] = b ?? [];
  if (major !== wantedMajor) return false;
  return minor > wantedMinor || (minor === wantedMinor && patch >= wantedPatch);
}

/** First executable of that name on PATH, except in some folders. */
export const onPath = (
  name: string,
  passOver: (folder: string) => boolean = () => false,
): string | undefined =>
  (process.env["PATH"] ?? "")
    .split(delimiter)
    .filter((folder) => folder !== "" && !passOver(folder))
    .map((folder) => join(folder, name))
    .find(isExecutable);

/** Hard link if cache and state share a file system, else a copy; never half-written. */
export async function place(from: string, to: string): Promise<void> {
  const temporary = join(dirname(to), `.${process.pid}.tmp`);
  await rm(temporary, { force: true });
  await link(from, temporary).catch(() => copyFile(from, temporary));
  await rename(temporary, to);
}
