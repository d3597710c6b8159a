import { Command } from "commander";
import { layout } from "../../../sandbox/layout";
import { sessionEnv } from "../../../sandbox/session";
import { pulumi } from "../pulumi";
import { openSandbox } from "../sandbox";
import { report } from "../report";

/** `slipway up`: from a bare machine to the example projects serving HTTP. */
export const up = (): Command =>
  new Command("up")
    .description(
      "build what is missing, start the sandbox, `pulumi up -s test`, and show what runs",
    )
    .option("--no-deploy", "stop once the sandbox runs; you call `pulumi up -s test` yourself")
    .action(async ({ deploy }: { deploy: boolean }) => {
      const here = layout();
      await openSandbox(here);
      if (deploy) {
        const flags = ["--yes", "--skip-preview", "--suppress-outputs"];
        // A log file does not need every line of BuildKit.
        if (!process.stdout.isTTY) flags.push("--suppress-progress");
        await pulumi(sessionEnv(here), "up", { stack: "test", flags });
      }
      console.log(await report(here, "test"));
    });
