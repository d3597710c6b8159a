import type { Layout } from "../../sandbox/layout";
import { sandboxSteps } from "../../sandbox/start";
import { ensureStacks } from "./pulumi";
import { runSteps } from "./steps";

/** Brings the sandbox up, showing each step; seconds when it already runs. */
export async function openSandbox(layout: Layout): Promise<void> {
  await runSteps(sandboxSteps(layout));
  await ensureStacks(layout);
}
