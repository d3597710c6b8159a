import { spawn } from "node:child_process";
import { closeSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import type { Layout } from "../layout";
import { paths, type Mode } from "./context";
import { createCgroups, hierarchies, remainingCgroups, removeCgroups } from "./isolation/cgroups";
import { isolated, isolationEnvironment } from "./isolation/isolation";
import {
  identify,
  isAlive,
  listProcesses,
  ProcessId,
  signal,
} from "../../components/shared/system/process";
import { script } from "./script";
import { searchPath, specificationPath, statusPath } from "./specification";
import { openLog } from "./supervisor/log";
import { readStatus } from "./supervisor/status";
import { checkout } from "../../components/shared/system/checkout";

/** The one process on the host that contains the whole sandbox: `unshare`, or in plain mode the supervisor itself. */
const Run = z.strictObject({
  mode: z.enum(["isolated", "plain"]),
  process: ProcessId,
  /** When it was started, ISO 8601. */
  since: z.string(),
});
export type Run = z.infer<typeof Run>;

const runPath = (layout: Layout): string => paths(layout).run("run.json");

/** The sandbox's process if it runs; ignores a record from before a crash or a reboot. */
export function currentRun(layout: Layout): Run | undefined {
  const run = lastRun(layout);
  return run !== undefined && isAlive(run.process) ? run : undefined;
}

function lastRun(layout: Layout): Run | undefined {
  if (!existsSync(runPath(layout))) return undefined;
  return Run.parse(JSON.parse(readFileSync(runPath(layout), "utf8")));
}

/** Starts the supervisor, which outlives the caller. Its configuration must have been written. */
export async function launch(layout: Layout, mode: Mode): Promise<Run> {
  await mkdir(paths(layout).run(""), { recursive: true, mode: 0o700 });
  rmSync(statusPath(layout), { force: true });
  const supervisor = script(join(checkout, "sandbox", "cluster", "supervisor", "main.ts"));
  const [program = "", ...args] = commandFor(mode, [...supervisor, specificationPath(layout)]);
  const log = openLog(supervisorLog(layout));
  const since = new Date().toISOString();
  const child = spawn(program, args, {
    cwd: checkout,
    detached: true,
    stdio: ["ignore", log, log],
    env: {
      PATH: searchPath,
      ...(mode === "isolated" ? isolationEnvironment(createCgroups(layout, hierarchies())) : {}),
    },
  });
  closeSync(log);
  child.on("error", () => undefined);
  child.unref();
  const id = child.pid === undefined ? undefined : identify(child.pid);
  if (id === undefined) throw new Error(`${program} did not start`);
  const run: Run = { mode, process: id, since };
  writeFileSync(runPath(layout), JSON.stringify(run), { mode: 0o600 });
  return run;
}

/** Log of the supervisor and of the preparation of its namespaces. */
export const supervisorLog = (layout: Layout): string => paths(layout).log("supervisor");

/** Stops all processes in order; kills those that do not end in time. */
export async function halt(layout: Layout): Promise<void> {
  const run = currentRun(layout);
  if (run === undefined) return;
  signal(run.mode === "isolated" ? (initOf(run) ?? run.process) : run.process, "SIGTERM");
  await gone(run.process, 300);
  await kill(layout);
}

/** Kills every process of the sandbox at once. `sweep` removes what they leave on the host. */
export async function kill(layout: Layout): Promise<void> {
  const run = currentRun(layout);
  if (run === undefined) return;
  signal(run.process, "SIGKILL");
  await gone(run.process, 100);
}

/**
 * Removes what a sandbox that no longer runs has left: control groups, and in plain mode processes whose supervisor was killed.
 * In isolated mode the kernel has ended them all; their groups are empty once the last process is gone.
 */
export async function sweep(layout: Layout): Promise<void> {
  if (lastRun(layout)?.mode === "plain") await killOrphans(layout);
  rmSync(statusPath(layout), { force: true });
  rmSync(runPath(layout), { force: true });
  if (process.platform !== "linux") return;
  const all = hierarchies();
  for (let attempt = 0; remainingCgroups(layout, all).length > 0; attempt += 1) {
    try {
      removeCgroups(layout, all);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EBUSY" || attempt === 100) throw error;
      await delay(100);
    }
  }
}

/** Only in plain mode are these numbers valid on the host. */
async function killOrphans(layout: Layout): Promise<void> {
  for (const { process } of readStatus(statusPath(layout))?.units ?? []) {
    if (process === undefined || !isAlive(process)) continue;
    signal(process, "SIGKILL");
    await gone(process, 100);
  }
}

/** The sandbox's init process as seen from the host: the only child of `unshare`. */
export function initOf(run: Run): ProcessId | undefined {
  const init = listProcesses().find(({ parent }) => parent === run.process.pid);
  return init && { pid: init.pid, start: init.start };
}

function commandFor(mode: Mode, command: readonly string[]): readonly string[] {
  return mode === "isolated" ? isolated(command) : command;
}

/** Waits for a process to end, at most this many tenths of a second. */
async function gone(process: ProcessId, tenths: number): Promise<void> {
  for (let attempt = 0; attempt < tenths && isAlive(process); attempt += 1) await delay(100);
}
