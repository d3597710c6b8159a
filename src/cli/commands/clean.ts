import { Command } from "commander";
import { rm } from "node:fs/promises";
import { execa } from "execa";
import { join } from "node:path";
import { existsSync } from "node:fs";
import { stopCluster } from "../../../sandbox/cluster";
import { layout } from "../../../sandbox/layout";
import { runSteps } from "../steps";

/** `slipway clean`: `down`, and removes the caches: the next `up` builds everything anew. */
export const clean = (): Command =>
  new Command("clean").description("`down`, then remove the caches as well").action(async () => {
    const here = layout();
    await runSteps([
      {
        title: "stopping the sandbox",
        run: async (progress) => {
          await stopCluster(here, progress, { keepData: false });
          return undefined;
        },
      },
      {
        title: `removing ${here.cache}`,
        run: async () => {
          await removeTree(here.cache);
          return undefined;
        },
      },
    ]);
  });

/** Go makes its module cache read-only; without root, only Go itself can remove it. */
async function removeTree(folder: string): Promise<void> {
  const modules = join(folder, "go", "mod");
  if (existsSync(modules)) {
    await execa("go", ["clean", "-modcache"], { env: { GOMODCACHE: modules }, reject: false });
  }
  await rm(folder, { recursive: true, force: true });
}
