import { sandboxSteps } from "../../sandbox/start";
import type { Layout } from "../../sandbox/layout";
import { runSteps } from "./steps";

/** Brings the sandbox up, showing each step; seconds when it already runs. */
export async function openSandbox(layout: Layout): Promise<void> {
  await runSteps(sandboxSteps(layout));
}
