import { existsSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../../components/shared/problem";
import type { Layout } from "../layout";
import { silent, type Progress } from "../progress";
import { BuildProgress } from "./build-progress";
import { sandboxTools, toolNames, type BinaryName, type ToolName } from "./catalogue";
import { compile, listPackages, unfinished, type Workshop } from "./compile";
import { findGo, goCaches } from "./go";
import { withLock } from "./lock";
import { isBuilt, planTool, toolsDirectory, type ToolPlan } from "./plan";

/** The built tools. */
export interface Toolchain {
  /** Absolute path of a binary. */
  readonly binary: (name: BinaryName) => string;
}

/**
 * Builds the missing ones of the named tools, by default everything a sandbox needs. A second run waits for the first; an
 * interrupted one is continued. Throws a UserError if Go is missing or too old, or a build fails.
 */
export async function buildTools(
  layout: Layout,
  progress: Progress = silent,
  names: readonly ToolName[] = sandboxTools,
): Promise<Toolchain> {
  const plans = planAll(layout, names);
  if (!plans.every(isBuilt)) {
    const wait = () => {
      progress("another run is building the tools: waiting for it");
    };
    const build = async (): Promise<void> => {
      await removeUnfinished(layout);
      await buildMissing(layout, plans, progress);
      await removeRest(layout);
    };
    await withLock(toolsDirectory(layout), wait, build, {
      lostAfter: 60_000,
      unlessReadOnly: true,
    });
  }
  return lookup(plans);
}

/** The named tools, built earlier; throws a UserError that names the missing ones. */
export function toolchain(layout: Layout, names: readonly ToolName[] = sandboxTools): Toolchain {
  const plans = planAll(layout, names);
  const missing = plans.filter((each) => !isBuilt(each));
  if (missing.length === 0) return lookup(plans);
  throw new UserError(
    [
      `Not built yet: ${missing.map(({ title }) => title).join(", ")}.`,
      `looked in: ${toolsDirectory(layout)}`,
      "fix: `npm run up` builds them.",
    ].join("\n"),
  );
}

/** How many tools are built; unknown if Go is missing. */
export function toolStatus(
  layout: Layout,
  names: readonly ToolName[] = sandboxTools,
): { built: number; total: number } {
  try {
    return { built: planAll(layout, names).filter(isBuilt).length, total: names.length };
  } catch (error) {
    if (error instanceof UserError) return { built: 0, total: names.length };
    throw error;
  }
}

function planAll(layout: Layout, names: readonly ToolName[]): ToolPlan[] {
  const go = findGo();
  return toolNames.filter((name) => names.includes(name)).map((name) => planTool(layout, go, name));
}

function lookup(plans: readonly ToolPlan[]): Toolchain {
  return {
    binary: (name) => {
      const found = plans.find(({ binaries }) => name in binaries);
      if (found === undefined) throw new Error(`${name} is not among the requested tools`);
      return join(found.directory, name);
    },
  };
}

/** Only under the lock: then nobody works on unfinished directories. */
async function removeUnfinished(layout: Layout): Promise<void> {
  const directory = toolsDirectory(layout);
  for (const entry of await readdir(directory)) {
    if (!entry.startsWith(unfinished)) continue;
    await rm(join(directory, entry), { recursive: true, force: true });
  }
}

/**
 * Go's compiled and unpacked files take three times the space of the tools, and are useless once those are built. The downloaded
 * modules stay: a changed tool is built from them without the network.
 */
async function removeRest(layout: Layout): Promise<void> {
  const { GOCACHE, GOMODCACHE } = goCaches(layout);
  await rm(GOCACHE, { recursive: true, force: true });
  if (!existsSync(GOMODCACHE)) return;
  for (const entry of await readdir(GOMODCACHE)) {
    if (entry !== "cache") await rm(join(GOMODCACHE, entry), { recursive: true, force: true });
  }
}

/** Sequential: each `go build` keeps every core busy, and two at once would compile shared packages twice. */
async function buildMissing(
  layout: Layout,
  plans: readonly ToolPlan[],
  progress: Progress,
): Promise<void> {
  const abort = new AbortController();
  const workshop = { layout, go: findGo(), signal: abort.signal };
  const steps = listAhead(
    workshop,
    plans.filter((each) => !isBuilt(each)),
  );
  const report = new BuildProgress(
    steps.map(({ plan }) => plan),
    progress,
  );
  try {
    for (const { plan, packages } of steps) {
      report.downloading(plan);
      report.compiling(plan, await packages);
      await compile(workshop, plan, (line) => {
        report.line(plan, line);
      });
    }
  } finally {
    abort.abort();
  }
}

/** Lists, and so downloads, the packages of one tool after the other while the first are being compiled. */
function listAhead(
  workshop: Workshop,
  plans: readonly ToolPlan[],
): { plan: ToolPlan; packages: Promise<string[]> }[] {
  let previous: Promise<unknown> = Promise.resolve();
  return plans.map((plan) => {
    const packages = previous.then(() => listPackages(workshop, plan));
    // Handled when the tool's turn comes; ignored if a tool before it fails.
    packages.catch(() => undefined);
    previous = packages;
    return { plan, packages };
  });
}
