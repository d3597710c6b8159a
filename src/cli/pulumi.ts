import { execa } from "execa";
import { z } from "zod";
import { UserError } from "../../components/shared/problem";
import { checkout, type Layout } from "../../sandbox/layout";
import { sessionEnv } from "../../sandbox/session";
import { isLocked, lockText } from "../release/engine-words";
import { stacksOf } from "../settings/stacks";

/** Runs `pulumi` on this checkout with the sandbox's environment; its own output is what the person sees. */
export async function pulumi(layout: Layout, args: readonly string[]): Promise<void> {
  const { exitCode, signal, stderr } = await execa("pulumi", args, {
    cwd: checkout,
    env: sessionEnv(layout),
    stdio: ["inherit", "inherit", ["inherit", "pipe"]],
    reject: false,
    // On Ctrl-C the terminal signals pulumi itself; it wants to end its update cleanly before we go.
    cleanup: false,
  });
  if (exitCode === 0) return;
  if (isLocked(stderr)) throw new UserError(lockText(stderr, "test"), 2);
  const how = signal === undefined ? `exit code ${exitCode ?? "none"}` : signal;
  throw new UserError(`pulumi ${args.join(" ")} did not succeed (${how}); what it said is above`);
}

/** Runs `pulumi` and returns what it prints as JSON. */
export async function pulumiJson(layout: Layout, args: readonly string[]): Promise<unknown> {
  const { stdout } = await execa("pulumi", [...args, "--json"], {
    cwd: checkout,
    env: sessionEnv(layout),
  });
  return JSON.parse(stdout);
}

/** Makes every stack that ships with this checkout, in the sandbox's backend, unless it is there; `test` is selected. */
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
