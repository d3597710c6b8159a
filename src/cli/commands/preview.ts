import { Command } from "commander";
import { layout } from "../../../sandbox/layout";
import { pulumi } from "../pulumi";
import { openSandbox } from "../sandbox";

/** `slipway preview`: what `pulumi up` would change in a stack, on the sandbox. */
export const preview = (): Command =>
  new Command("preview")
    .description("start the sandbox if it is not running, then `pulumi preview`")
    .option("-s, --stack <stack>", "stack to preview", "test")
    .option("--diff", "show every changed property")
    .action(async ({ stack, diff = false }: { stack: string; diff?: boolean }) => {
      const here = layout();
      await openSandbox(here);
      await pulumi(here, ["preview", "--stack", stack, ...(diff ? ["--diff"] : [])]);
    });
