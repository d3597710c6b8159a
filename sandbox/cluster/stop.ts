import { existsSync } from "node:fs";
import { rm, rmdir } from "node:fs/promises";
import { dirname } from "node:path";
import { removeLabs } from "../hosts/leftovers";
import type { Layout } from "../layout";
import type { Progress } from "../progress";
import { withLock } from "../toolchain/lock";
import { currentRun, halt, kill, sweep } from "./run";
import { contractPath } from "../contract";

/**
 * Stops a sandbox and its host labs, and removes what they have left on the host. Without `keepData` its state is removed as
 * well: everything that `up` has created, except the caches.
 */
export async function stopCluster(
  layout: Layout,
  progress: Progress,
  { keepData }: { keepData: boolean },
): Promise<void> {
  if (!existsSync(layout.state)) return;
  await removeLabs(layout, progress);
  const wait = () => {
    progress("another start or stop of this sandbox is at work: waiting for it");
  };
  await withLock(layout.state, wait, async () => {
    if (currentRun(layout) !== undefined) {
      progress("stopping its processes");
      // Processes whose data is discarded need not save it.
      await (keepData || currentRun(layout)?.mode === "plain" ? halt(layout) : kill(layout));
    }
    await sweep(layout);
    await rm(contractPath(layout), { force: true });
    if (!keepData) {
      progress("removing its state");
      await rm(layout.state, { recursive: true, force: true });
    }
  });
  if (!keepData) await rmdir(dirname(layout.state)).catch(() => undefined);
}
