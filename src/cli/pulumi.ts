import { execa } from "execa";
import { UserError } from "../../components/shared/problem";
import { checkout, type Layout } from "../../sandbox/layout";
import { sessionEnv } from "../../sandbox/session";

/** Runs `pulumi` on this checkout with the sandbox's environment; its own output is what the person sees. */
export async function pulumi(layout: Layout, args: readonly string[]): Promise<void> {
  const { exitCode, signal } = await execa("pulumi", args, {
    cwd: checkout,
    env: sessionEnv(layout),
    stdio: "inherit",
    reject: false,
    // On Ctrl-C the terminal signals pulumi itself; it wants to end its update cleanly before we go.
    cleanup: false,
  });
  if (exitCode === 0) return;
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

/** Makes the stack in the sandbox's backend unless it is there already. */
export async function ensureStack(layout: Layout, stack: string): Promise<void> {
  await execa("pulumi", ["stack", "select", stack, "--create"], {
    cwd: checkout,
    env: sessionEnv(layout),
  });
}
