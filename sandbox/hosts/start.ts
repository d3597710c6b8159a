import { execa } from "execa";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../../components/shared/problem";
import type { ProcessId } from "../../components/shared/system/process";
import type { Layout } from "../layout";
import type { Progress } from "../progress";
import { buildTools, toolStatus } from "../toolchain/build";
import type { ToolName } from "../toolchain/catalogue";
import { hostPackages, installMissing } from "../toolchain/debian";
import { withLock } from "../toolchain/lock";
import { commands } from "./commands";
import { newKey } from "./disk";
import { imageStore, registryConfig } from "./images";
import { chooseNetwork, mostHosts, takenNetworks, type LabNetwork } from "./network";
import { keyFile, refuseName, type LabPlace } from "./place";
import { labProblem } from "./problem";
import { writeRecord } from "./record";
import { restamp } from "./restamp";
import { debianRoot, toolsLayer } from "./rootfs";
import { joinMachine, makeWorld, registryPort } from "./world";

/** Options of a new lab. */
export interface LabOptions {
  /** Small letters, digits and `-`; unique within a sandbox's layout. */
  readonly name: string;
  /** Names of the hosts; their order decides their addresses. */
  readonly hosts: readonly string[];
  /** These have only Debian: no Kubernetes, no containerd. */
  readonly bare?: readonly string[];
  /** Size of each host's disk, 20 by default; the file is sparse. */
  readonly diskGiB?: number;
  /**
   * Hosts begin with an older version than the sandbox's, and `upgrade` brings them to it: the previous minor version, or the
   * sandbox's own source that reports one patch less.
   */
  readonly kubernetes?: OlderKubernetes;
  /** The sandbox whose state directory holds it; the environment's by default. */
  readonly here?: Layout;
}

/** Tools needed for hosts, their images and their registry. */
const labTools: readonly ToolName[] = [
  ...(["etcd", "etcdutl", "containerd", "coredns", "pause", "registry"] as const),
];

/** Versions of Kubernetes, with the tools that are of it. */
const kubernetesTools = {
  current: ["kubernetes", "kubernetes-node"],
  previous: ["kubernetes-previous"],
} as const satisfies Record<string, readonly ToolName[]>;

/** Versions that hosts may begin with in place of the sandbox's. */
export type OlderKubernetes = "previous" | "restamped";

/** The oldest one available without a build of half an hour: the previous minor version if it is built already. */
export const olderKubernetes = (here: Layout): OlderKubernetes =>
  toolStatus(here, kubernetesTools.previous).built > 0 ? "previous" : "restamped";

/** What all labs of this machine share, in the cache. */
export interface Shared {
  /** Debian, as every host has it. */
  readonly debian: string;
  /** The layer above it at first, except for bare hosts. */
  readonly binaries: string;
  /** The layer they are upgraded to: the same one if they begin with the sandbox's version. */
  readonly newest: string;
  /** Stores of the registry: the images of each version that hosts may have. */
  readonly images: readonly string[];
  /** Command of the registry. */
  readonly registry: string;
}

/** Builds what is missing: minutes on a fresh machine, seconds afterwards. */
export async function prepare(
  here: Layout,
  progress: Progress,
  first: "current" | OlderKubernetes = "current",
): Promise<Shared> {
  await installMissing(progress, hostPackages);
  const debian = await debianRoot(here.cache, progress);
  const make = async (version: "current" | OlderKubernetes) => {
    const source = version === "previous" ? kubernetesTools.previous : kubernetesTools.current;
    const built = await buildTools(here, progress, [...labTools, ...source]);
    const tools = version === "restamped" ? await restamp(here.cache, built, progress) : built;
    const binaries = await toolsLayer(here.cache, tools, progress);
    return { tools, binaries, images: await imageStore(here.cache, tools, progress) };
  };
  const newest = await make("current");
  const begin = first === "current" ? newest : await make(first);
  return {
    debian,
    binaries: begin.binaries,
    newest: newest.binaries,
    images: [...new Set([newest.images, begin.images])],
    registry: newest.tools.binary("registry"),
  };
}

/**
 * Creates a lab's files, key, bridge and registry; no host yet.
 * @param lock directory that all labs of this machine lock while they choose a network.
 */
export async function layGround(
  place: LabPlace,
  { images, newest, registry: program }: Shared,
  { lock, progress }: { lock: string; progress: Progress },
): Promise<{ network: LabNetwork; world: ProcessId }> {
  for (const each of ["hosts", "registry", "registry-layer", "registry-work"]) {
    await mkdir(join(place.folder, each), { recursive: true, mode: 0o700 });
  }
  await newKey(keyFile(place), `lab ${place.name}`);
  await prepareMachine(progress);
  // Two labs that start at once must not choose the same network: it is taken once this machine has joined it.
  const wait = (): void => {
    progress("another lab is starting: waiting for it");
  };
  return withLock(lock, wait, async () => {
    const seed = Number.parseInt(place.device.slice(-4), 16);
    const network = chooseNetwork(await takenNetworks(), seed);
    const config = join(place.folder, "registry.json");
    const address = `${network.gateway}:${registryPort}`;
    await writeFile(config, registryConfig(join(place.folder, "registry"), address));
    const registry = [program, "serve", config];
    const facts = { place, network, stores: images, registry };
    const world = makeWorld(facts);
    // From here on another process can end it.
    await writeRecord(place, { world, network: network.third, newest, hosts: [] });
    await joinMachine(facts, world);
    return { network, world };
  });
}

/** Checks all options of a lab at once. */
export function refuseOptions({ name, hosts, bare = [], diskGiB = 20 }: LabOptions): void {
  refuseName("lab", name);
  for (const host of hosts) refuseName("host", host);
  const problems = [
    labProblem(),
    hosts.length > mostHosts ? `a lab has at most ${mostHosts} hosts` : undefined,
    new Set(hosts).size < hosts.length ? "two of its hosts have the same name" : undefined,
    diskGiB < 1 ? "a host's disk has at least 1 GiB" : undefined,
    ...bare.filter((each) => !hosts.includes(each)).map((each) => `none of its hosts is ${each}`),
  ].filter((problem) => problem !== undefined);
  if (problems.length === 0) return;
  throw new UserError([`the lab ${name} cannot be started:`, ...problems].join("\n  "), 2);
}

/** Kernel modules that hosts use but may not load. */
const modules = ["overlay", "br_netfilter", "bridge", "veth", "loop"];

/**
 * inotify limits for all hosts together: each systemd, containerd and kubelet has dozens of watches, and the kernel counts them
 * for the whole machine.
 */
const leastWatches = { max_user_instances: 1024, max_user_watches: 131_072 };

/** The two things that hosts need from the machine itself. The limits stay raised until it restarts. */
async function prepareMachine(progress: Progress): Promise<void> {
  // Some kernels have it built in, without a module; if it is really missing, its user reports that later.
  await execa("modprobe", ["--all", "--quiet", ...modules], { ...commands, reject: false });
  for (const [name, least] of Object.entries(leastWatches)) {
    const path = `/proc/sys/fs/inotify/${name}`;
    if (Number(await readFile(path, "utf8")) >= least) continue;
    progress(`raising fs.inotify.${name} to ${least}`);
    await writeFile(path, `${least}`);
  }
}
