import { execa } from "execa";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { z } from "zod";
import type { Layout } from "../layout";
import { buildFailure } from "./failure";
import { goEnvironment, type Go } from "./go";
import { toolsDirectory, type ToolPlan } from "./plan";
import { unpackWheel } from "./wheel";

/** Common options of every `go` run of a build. */
export interface Workshop {
  readonly layout: Layout;
  readonly go: Go;
  /** Ends the remaining processes after a tool has failed. */
  readonly signal: AbortSignal;
}

/** A directory with this prefix is a build under way or, if nobody holds the lock, an abandoned one. */
export const unfinished = ".building-";

/** Import path of every package of the tool. Downloads the modules that contain them. None for a tool that is not built. */
export async function listPackages(workshop: Workshop, plan: ToolPlan): Promise<string[]> {
  if (plan.wheel) return [];
  const packages = Object.values(plan.binaries);
  const listed: string[] = [];
  const flags = [...plan.flags, ...(await borrow(workshop, plan))];
  await runGo(workshop, plan, ["list", ...flags, "-deps", ...packages], {
    onOutput: (line) => listed.push(line),
  });
  return listed;
}

/**
 * Builds or fetches one tool in a directory beside its own and renames that, so that a partial tool is never visible. `onMessage`
 * gets the output of `go build -v`: the import path of each package that was not in Go's cache, and more.
 */
export async function compile(
  workshop: Workshop,
  plan: ToolPlan,
  onMessage: (line: string) => void,
): Promise<void> {
  const building = await mkdtemp(join(toolsDirectory(workshop.layout), unfinished));
  try {
    if (plan.wheel)
      await unpackWheel({ ...plan, log: logPath(plan), signal: workshop.signal }, building);
    else await build(workshop, plan, building, onMessage);
    await rm(plan.directory, { recursive: true, force: true });
    await rename(building, plan.directory);
    for (const path of [logPath(plan), overlayPath(plan)]) await rm(path, { force: true });
  } finally {
    await rm(building, { recursive: true, force: true });
  }
}

async function build(
  workshop: Workshop,
  plan: ToolPlan,
  directory: string,
  onMessage: (line: string) => void,
): Promise<void> {
  const packages = Object.values(plan.binaries);
  const flags = [...plan.flags, ...(await borrow(workshop, plan))];
  const args = ["build", "-v", ...flags, "-o", `${directory}/`, ...packages];
  await runGo(workshop, plan, args, { onMessage });
  for (const [binary, importPath] of Object.entries(plan.binaries)) {
    await rename(join(directory, builtName(plan, importPath)), join(directory, binary));
  }
}

/** The name `go build` gives a binary: the last part of the import path that is no major version. */
function builtName({ source }: ToolPlan, importPath: string): string {
  return importPath === "." ? basename(source) : basename(importPath.replace(/\/v\d+$/, ""));
}

/** All output of go for the tool; removed when it succeeds. */
const logPath = ({ directory }: ToolPlan): string => `${directory}.log`;

/** Tells `go` where the module's files for the folder are; removed when the build succeeds. */
const overlayPath = ({ directory }: ToolPlan): string => `${directory}.overlay.json`;

/** The overlay flag for the borrowed files; nothing is written to the tool's folder. */
async function borrow(workshop: Workshop, plan: ToolPlan): Promise<string[]> {
  const files = Object.entries(plan.borrowed);
  if (plan.module === undefined || files.length === 0) return [];
  const said: string[] = [];
  await runGo(workshop, plan, ["mod", "download", "-json", plan.module], {
    onOutput: (line) => said.push(line),
  });
  const { Dir: module } = z.object({ Dir: z.string() }).parse(JSON.parse(said.join("")));
  const Replace: Record<string, string> = {};
  for (const [name, path] of files) Replace[join(plan.source, name)] = join(module, path);
  await writeFile(overlayPath(plan), JSON.stringify({ Replace }));
  return [`-overlay=${overlayPath(plan)}`];
}

/** Runs `go` in the tool's folder with its output in the tool's log; throws a UserError if it fails. */
async function runGo(
  { layout, go, signal }: Workshop,
  plan: ToolPlan,
  args: readonly string[],
  listen: { onOutput?: (line: string) => void; onMessage?: (line: string) => void },
): Promise<void> {
  const log = logPath(plan);
  const subprocess = execa("go", args, {
    cwd: plan.source,
    env: goEnvironment(layout, go),
    cancelSignal: signal,
    stderr: ["pipe", { file: log, append: true }],
    reject: false,
  });
  const messages: string[] = [];
  await Promise.all([
    eachLine(subprocess.iterable({ from: "stdout" }), listen.onOutput),
    eachLine(subprocess.iterable({ from: "stderr" }), (line) => {
      messages.push(line);
      listen.onMessage?.(line);
    }),
  ]);
  const { failed, shortMessage = "" } = await subprocess;
  if (failed) throw buildFailure(plan, { proxy: go.proxy, log, messages, reason: shortMessage });
}

async function eachLine(
  lines: AsyncIterable<string>,
  take: (line: string) => void = () => undefined,
): Promise<void> {
  for await (const line of lines) take(line);
}
