import { Command } from "commander";
import { stopCluster } from "../../../sandbox/cluster";
import { layout } from "../../../sandbox/layout";
import { runSteps } from "../steps";

/** `slipway down`: removes everything that `up` started; keeps the data on request. */
export const down = (): Command =>
  new Command("down")
    .description("stop and remove all that `up` started; caches stay")
    .option("--keep-data", "keep volumes, images and the stack history for the next `up`")
    .action(async ({ keepData = false }: { keepData?: boolean }) => {
      const here = layout();
      await runSteps([
        {
          title: "stopping the sandbox",
          run: async (progress) => {
            await stopCluster(here, progress, { keepData });
            return undefined;
          },
        },
      ]);
    });
