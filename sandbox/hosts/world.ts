import { execa } from "execa";
import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { UserError } from "../../components/shared/problem";
import {
  identify,
  isAlive,
  listProcesses,
  type ProcessId,
} from "../../components/shared/system/process";
import { searchPath } from "../cluster/specification";
import { logTail } from "../cluster/supervisor/log";
import { commands } from "./commands";
import { answers } from "./images";
import type { LabNetwork } from "./network";
import type { LabPlace } from "./place";

/** The namespaces of a lab: they exist as long as its one process on the machine. */
const namespaces = ["--mount", "--pid", "--net", "--ipc", "--uts", "--fork", "--kill-child"];

const script = join(__dirname, "lab.sh");

/** Log of the lab's first process, which is its registry, and of its hosts' containers. */
export const logOf = ({ folder }: LabPlace): string => join(folder, "lab.log");

/** Port of the lab's registry on the bridge. */
export const registryPort = 5000;

export interface WorldFacts {
  readonly place: LabPlace;
  readonly network: LabNetwork;
  /** Stores of images that the registry begins with. */
  readonly stores: readonly string[];
  /** Command of the registry; its store is `<lab>/registry`. */
  readonly registry: readonly string[];
}

/** Creates namespaces with a bridge and a registry in them, and connects this machine to the bridge. */
export function makeWorld(facts: WorldFacts): ProcessId {
  const { place, network, stores, registry } = facts;
  const log = openSync(logOf(place), "a", 0o600);
  const command = [...namespaces, "--mount-proc", "sh", script, "init", ...registry];
  const child = spawn("unshare", command, {
    cwd: "/",
    detached: true,
    stdio: ["ignore", log, log],
    env: {
      ...environment(place),
      GATEWAY: network.gateway,
      STORE: stores.join(":"),
      LAYER: join(place.folder, "registry-layer"),
      WORK: join(place.folder, "registry-work"),
      OTEL_TRACES_EXPORTER: "none",
    },
  });
  closeSync(log);
  child.on("error", () => undefined);
  child.unref();
  const world = child.pid === undefined ? undefined : identify(child.pid);
  if (world === undefined) throw new Error("unshare did not start");
  return world;
}

/** Connects the machine to a lab's bridge, once it exists, and waits for the registry. */
export async function joinMachine({ place, network }: WorldFacts, world: ProcessId): Promise<void> {
  const init = await initOf(world, place);
  const ip = (...args: string[]) => execa("ip", args, commands);
  const peer = ["type", "veth", "peer", "name", "uplink", "netns", `${init}`];
  await ip("link", "add", place.device, ...peer);
  await ip("address", "add", `${network.machine}/24`, "dev", place.device);
  await ip("link", "set", place.device, "up");
  await inside(world, place, "uplink");
  await answers(`${network.gateway}:${registryPort}`);
}

/** Runs a command of `lab.sh` in the lab's namespaces, to its end. */
export async function inside(world: ProcessId, place: LabPlace, ...args: string[]): Promise<void> {
  const [program = "", ...rest] = await entering(world, place, args);
  const { failed, stderr } = await execa(program, rest, {
    env: environment(place),
    reject: false,
  });
  if (failed) throw new Error(`lab ${place.name}: ${args.join(" ")}: ${stderr}`);
}

/** Starts a host, which outlives the caller. */
export async function launchHost(world: ProcessId, place: LabPlace, name: string): Promise<void> {
  const log = openSync(logOf(place), "a", 0o600);
  const [program = "", ...args] = await entering(world, place, ["run", name]);
  const child = spawn(program, args, {
    cwd: "/",
    detached: true,
    stdio: ["ignore", log, log],
    env: environment(place),
  });
  closeSync(log);
  child.on("error", () => undefined);
  child.unref();
}

/** Kills everything in a lab at once; the kernel removes its mounts, networks and devices. */
export async function endWorld(world: ProcessId): Promise<void> {
  const inits = listProcesses().filter(({ parent }) => parent === world.pid);
  if (!isAlive(world)) return;
  process.kill(world.pid, "SIGKILL");
  for (let attempt = 0; attempt < 300 && [world, ...inits].some(isAlive); attempt += 1) {
    await delay(100);
  }
}

const environment = ({ folder }: LabPlace): Record<string, string> => ({
  PATH: searchPath,
  LAB: folder,
});

async function entering(
  world: ProcessId,
  place: LabPlace,
  args: readonly string[],
): Promise<string[]> {
  const target = await initOf(world, place);
  const entered = ["--mount", "--pid", "--net", "--ipc", "--uts"];
  return ["nsenter", "--target", `${target}`, ...entered, "--", "sh", script, ...args];
}

/** The number of the lab's first process on this machine, once it has reached its last command. */
async function initOf(world: ProcessId, place: LabPlace): Promise<number> {
  for (let attempt = 0; attempt < 200 && isAlive(world); attempt += 1) {
    const init = listProcesses().find(({ parent }) => parent === world.pid);
    if (init !== undefined && programOf(init.pid) === "tini") return init.pid;
    await delay(50);
  }
  throw new UserError(
    [
      `the lab ${place.name} does not run`,
      ...logTail(logOf(place)).map((line) => `  ${line}`),
      `log: ${logOf(place)}`,
    ].join("\n"),
  );
}

function programOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").trim();
  } catch {
    return "";
  }
}
