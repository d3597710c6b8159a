import { execa } from "execa";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { copyFile, link, mkdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { z } from "zod";
import { isExecutable } from "./executable";
import { checkout, type Layout } from "./layout";
import { installLanguageHost, installProvider, type StandIn, standIns } from "./plugins/install";
import type { Progress } from "./progress";
import type { Toolchain } from "./toolchain/build";

/** Where a part of the engine comes from. */
const Source = z.enum(["official", "built from its Go module", "stand-in"]);

const EnginePart = z.strictObject({ name: z.string(), version: z.string(), source: Source });
/** One part of the engine that the stacks of this sandbox run on. */
export type EnginePart = z.infer<typeof EnginePart>;

type BinaryLookup = Toolchain["binary"];

/** Oldest official engine the pinned SDK is tested with; newer ones of the same major serve as well. */
const oldestEngine = pinned("@pulumi/pulumi");

/** Directory of the sandbox's own `pulumi` and language host; empty when the official one is in use. */
export const binDir = (layout: Layout): string => join(layout.state, "bin");
/** `PULUMI_HOME` of the sandbox: its plugins and its login, never the user's. */
export const pulumiHome = (layout: Layout): string => join(layout.state, "pulumi-home");
const recordPath = (layout: Layout): string => join(layout.state, "engine.json");

/**
 * Puts an engine together: what is official and installed is used as it is; the Kubernetes and command plugins are asked for
 * once from Pulumi's download site; what then is missing is built from its public module or, published nowhere else, stood
 * in for. A sandbox of an earlier checkout gets what it lacks.
 */
export async function prepareEngine(
  layout: Layout,
  binary: BinaryLookup,
  progress: Progress,
): Promise<EnginePart[]> {
  const known = engineParts(layout) ?? [];
  const missing = standIns.filter((plugin) => !known.some(({ name }) => name === plugin));
  if (missing.length === 0) return known;
  await mkdir(join(pulumiHome(layout), "plugins"), { recursive: true });
  const others =
    known.length > 0
      ? known
      : [...(await prepareCli(layout, binary)), await prepareDockerBuild(layout, binary)];
  progress(`asking once for the official ${missing.join(" and ")} plugin`);
  const plugins = await Promise.all(missing.map((name) => preparePlugin(layout, name)));
  const parts = [...others, ...plugins];
  await writeFile(recordPath(layout), JSON.stringify(parts, undefined, 2));
  return parts;
}

/** The parts chosen by an earlier `prepareEngine`, or undefined before the first. */
export function engineParts(layout: Layout): EnginePart[] | undefined {
  if (!existsSync(recordPath(layout))) return undefined;
  return z.array(EnginePart).parse(JSON.parse(readFileSync(recordPath(layout), "utf8")));
}

/** The official `pulumi` on PATH, if it is there and not older than the SDK. */
export async function officialCli(
  layout: Layout,
): Promise<{ path: string; version: string } | undefined> {
  const path = onPath("pulumi", [binDir(layout)]);
  if (path === undefined) return undefined;
  const { stdout } = await execa(path, ["version"], { env: { PULUMI_SKIP_UPDATE_CHECK: "true" } });
  const version = stdout.trim().replace(/^v/, "");
  return compatible(version, oldestEngine) ? { path, version } : undefined;
}

async function prepareCli(layout: Layout, binary: BinaryLookup): Promise<EnginePart[]> {
  const official = await officialCli(layout);
  if (official !== undefined) {
    return ["pulumi", "language host"].map((name) => ({
      name,
      version: official.version,
      source: "official",
    }));
  }
  const bin = binDir(layout);
  await mkdir(bin, { recursive: true });
  // The engine looks for its language host beside the real file, so a symlink into the shared cache will not do.
  await place(binary("pulumi"), join(bin, "pulumi"));
  await installLanguageHost(bin);
  return [
    { name: "pulumi", version: oldestEngine, source: "built from its Go module" },
    { name: "language host", version: oldestEngine, source: "stand-in" },
  ];
}

async function preparePlugin(layout: Layout, name: StandIn): Promise<EnginePart> {
  const version = pinned(`@pulumi/${name}`);
  const part = { name, version };
  // What a run that was cut off has left here could be a stand-in, and would be taken for the official one.
  const folder = join(pulumiHome(layout), "plugins", `resource-${name}-v${version}`);
  await rm(folder, { recursive: true, force: true });
  if (await useInstalled(layout, name, version)) return { ...part, source: "official" };
  if (await fetchPlugin(layout, name, version)) return { ...part, source: "official" };
  await installProvider(pulumiHome(layout), name, version);
  return { ...part, source: "stand-in" };
}

async function prepareDockerBuild(layout: Layout, binary: BinaryLookup): Promise<EnginePart> {
  const version = pinned("@pulumi/docker-build");
  const part = { name: "docker-build", version };
  if (await useInstalled(layout, "docker-build", version)) return { ...part, source: "official" };
  const folder = join(pulumiHome(layout), "plugins", `resource-docker-build-v${version}`);
  await mkdir(folder, { recursive: true });
  await place(binary("pulumi-resource-docker-build"), join(folder, "pulumi-resource-docker-build"));
  return { ...part, source: "built from its Go module" };
}

/** Links a plugin that the user has installed into the sandbox's own PULUMI_HOME. */
async function useInstalled(layout: Layout, name: string, version: string): Promise<boolean> {
  const plugins = join(homedir(), ".pulumi", "plugins");
  if (!existsSync(plugins)) return false;
  const prefix = `resource-${name}-v`;
  const found = readdirSync(plugins)
    .filter((entry) => entry.startsWith(prefix) && !entry.endsWith(".lock"))
    .find((entry) => compatible(entry.slice(prefix.length), version));
  if (found === undefined) return false;
  const link = join(pulumiHome(layout), "plugins", found);
  await rm(link, { recursive: true, force: true });
  await symlink(join(plugins, found), link);
  return true;
}

/** One short attempt: given up at the first failure, or unless the download has begun after a few seconds. */
async function fetchPlugin(layout: Layout, name: string, version: string): Promise<boolean> {
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
  const patience = setTimeout(() => {
    giveUp.abort();
  }, 8_000);
  install.all.on("data", (chunk: Buffer) => {
    const said = chunk.toString();
    if (said.includes("Downloading")) clearTimeout(patience);
    // The engine would try five times; a machine without the way out answers the same each time.
    if (said.includes("Error downloading")) giveUp.abort();
  });
  const { exitCode } = await install;
  clearTimeout(patience);
  return exitCode === 0;
}

/** Version pinned in package.json, the one place where SDKs and so their plugins get their versions. */
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

/** First executable of that name on PATH outside the given directories. */
export function onPath(name: string, except: readonly string[] = []): string | undefined {
  const skip = new Set(except.map((folder) => resolve(folder)));
  return (process.env["PATH"] ?? "")
    .split(delimiter)
    .filter((folder) => folder !== "" && !skip.has(resolve(folder)))
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

/** Hard link where cache and state share a file system, else a copy; never half-written. */
export async function place(from: string, to: string): Promise<void> {
  const temporary = join(dirname(to), `.${process.pid}.tmp`);
  await rm(temporary, { force: true });
  await link(from, temporary).catch(() => copyFile(from, temporary));
  await rename(temporary, to);
}
