import { execa } from "execa";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { UserError } from "../../components/shared/problem";
import type { Layout } from "../../sandbox/layout";
import { sessionEnv } from "../../sandbox/session";
import { holderOf, isLocked, lockText } from "../engine/explain";
import { OwnRuns } from "../engine/own-runs";
import { stacksOf } from "../stack/stacks";
import { checkout } from "../../components/shared/system/checkout";

/**
 * Runs an update or a preview on this checkout with this environment; pulumi's own output is shown. Clears the lock of a killed
 * run of ours.
 */
export async function pulumi(
  env: Readonly<Record<string, string>>,
  verb: keyof typeof refusals,
  { stack, flags }: { stack: string; flags: readonly string[] },
): Promise<void> {
  const args = [verb, "--stack", stack, ...flags];
  const runs = new OwnRuns(checkout, stack);
  const folder = mkdtempSync(join(tmpdir(), "slipway-pulumi-"));
  const events = join(folder, "events");
  const run = async () => {
    const child = execa("pulumi", [...args, "--event-log", events], {
      cwd: checkout,
      // Otherwise it does not know the flag that makes it report events to a file.
      env: { ...env, PULUMI_DEBUG_COMMANDS: "true" },
      stdio: ["inherit", "inherit", ["inherit", "pipe"]],
      reject: false,
      // On Ctrl-C the terminal signals pulumi itself; let it end its update in order first.
      cleanup: false,
    });
    const ended = verb === "up" ? runs.began(child.pid) : () => undefined;
    const result = await child;
    if (result.signal === undefined) ended();
    return result;
  };
  try {
    let { exitCode, signal, stderr } = await run();
    const holder = isLocked(stderr) ? holderOf(stderr) : undefined;
    if (holder !== undefined && runs.claimDead(holder)) {
      console.error("clears the lock of a killed run of this checkout");
      await execa("pulumi", ["cancel", "--yes", "--stack", stack], {
        cwd: checkout,
        env,
        reject: false,
      });
      ({ exitCode, signal, stderr } = await run());
    }
    if (exitCode === 0) return;
    if (isLocked(stderr)) throw new UserError(lockText(stderr, stack), 2);
    if (wasRefused(verb, events)) throw new UserError(`pulumi ${verb}: refused, see above`, 2);
    const how = signal === undefined ? `exit code ${exitCode ?? "none"}` : signal;
    throw new UserError(`pulumi ${args.join(" ")} failed (${how}); its output is above`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The program's error for a refusal before any change; for objects in the cluster, as far as a preview sees them. */
const refusals = {
  up: /(is refused|cannot be reached), nothing was changed/,
  preview: /(is refused|cannot be reached), nothing was changed|is refused: what is in its cluster/,
};

/** Whether the program has refused before anything was changed, from the engine's events. */
function wasRefused(verb: keyof typeof refusals, events: string): boolean {
  return existsSync(events) && refusals[verb].test(readFileSync(events, "utf8"));
}

/** Runs `pulumi` and parses the JSON that it prints. */
export async function pulumiJson(layout: Layout, args: readonly string[]): Promise<unknown> {
  const { stdout } = await execa("pulumi", [...args, "--json"], {
    cwd: checkout,
    env: sessionEnv(layout),
  });
  return JSON.parse(stdout);
}

/** Creates every stack of this checkout in the sandbox's backend, unless it exists; selects `test`. */
export async function ensureStacks(layout: Layout): Promise<void> {
  const existing = Stacks.parse(await pulumiJson(layout, ["stack", "ls"]));
  const missing = stacksOf(checkout).filter(
    (stack) => !existing.some(({ name }) => name === stack),
  );
  if (missing.length === 0) return;
  for (const stack of missing) await quietly(layout, ["stack", "init", stack, "--no-select"]);
  await quietly(layout, ["stack", "select", "test"]);
}

const Stacks = z.array(z.object({ name: z.string() }));

async function quietly(layout: Layout, args: readonly string[]): Promise<void> {
  await execa("pulumi", args, { cwd: checkout, env: sessionEnv(layout) });
}
