import type { Layout } from "../../sandbox/layout";
import { sandboxSteps } from "../../sandbox/start";
import { ensureStacks } from "./pulumi";
import { runSteps } from "./steps";

/** Starts the sandbox, showing each step; takes seconds if it already runs. */
export async function openSandbox(layout: Layout): Promise<void> {
  await runSteps(sandboxSteps(layout));
  await ensureStacks(layout);
}
