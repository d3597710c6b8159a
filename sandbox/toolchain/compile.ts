import { execa } from "execa";
import { mkdtemp, rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Layout } from "../layout";
import { buildFailure } from "./failure";
import { goEnvironment, type Go } from "./go";
import { toolsDirectory, type Plan } from "./plan";

/** What every run of `go` of one build has in common. */
export interface Workshop {
  readonly layout: Layout;
  readonly go: Go;
  /** Ends what still runs when a tool has failed. */
  readonly signal: AbortSignal;
}

/** A directory of this prefix is a build under way, or, where nobody holds the lock, the rest of one. */
export const unfinished = ".building-";

/** Import path of every package the tool is made of. Downloads the modules that hold them. */
export async function listPackages(workshop: Workshop, plan: Plan): Promise<string[]> {
  const packages = Object.values(plan.binaries);
  const listed: string[] = [];
  await runGo(workshop, plan, ["list", ...plan.flags, "-deps", ...packages], {
    onOutput: (line) => listed.push(line),
  });
  return listed;
}

/**
 * Builds one tool in a directory beside its own and renames that into place, so that no one ever sees half a tool.
 * `onMessage` gets what `go build -v` says: the import path of each package that was not in Go's cache, and more.
 */
export async function compile(
  workshop: Workshop,
  plan: Plan,
  onMessage: (line: string) => void,
): Promise<void> {
  const building = await mkdtemp(join(toolsDirectory(workshop.layout), unfinished));
  try {
    const packages = Object.values(plan.binaries);
    await runGo(workshop, plan, ["build", "-v", ...plan.flags, "-o", `${building}/`, ...packages], {
      onMessage,
    });
    for (const [binary, importPath] of Object.entries(plan.binaries)) {
      await rename(join(building, builtName(plan, importPath)), join(building, binary));
    }
    await rm(plan.directory, { recursive: true, force: true });
    await rename(building, plan.directory);
    await rm(logPath(plan), { force: true });
  } finally {
    await rm(building, { recursive: true, force: true });
  }
}

/** The name `go build` gives a binary: the last part of the import path that is no major version. */
function builtName({ source }: Plan, importPath: string): string {
  return importPath === "." ? basename(source) : basename(importPath.replace(/\/v\d+$/, ""));
}

/** All that go says while it builds the tool; removed with its success. */
const logPath = ({ directory }: Plan): string => `${directory}.log`;

/** Runs `go` in the tool's folder with all it says in the tool's log; throws a UserError where it fails. */
async function runGo(
  { layout, go, signal }: Workshop,
  plan: Plan,
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
