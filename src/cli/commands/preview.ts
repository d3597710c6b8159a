import { Command } from "commander";
import { layout } from "../../../sandbox/layout";
import type { Session } from "../../engine/session";
import { pulumi } from "../pulumi";
import { openSandbox } from "../sandbox";
import { openSession } from "../session";

/** `slipway preview`: what `pulumi up` would change in a stack. */
export const preview = (): Command =>
  new Command("preview")
    .description(
      "what `pulumi up` would change; of a stack on the sandbox, which is started if it is not running",
    )
    .option("-s, --stack <stack>", "stack to preview", "test")
    .option("--diff", "show every changed property")
    .action(async ({ stack, diff = false }: { stack: string; diff?: boolean }) => {
      // A shell with its own backend uses that one, and knows where its cluster is.
      if (process.env["PULUMI_BACKEND_URL"] === undefined && isOnSandbox(openSession(stack)))
        await openSandbox(layout());
      const { env } = openSession(stack);
      await pulumi(env, "preview", { stack, flags: diff ? ["--diff"] : [] });
    });

function isOnSandbox({ file }: Session): boolean {
  const cluster = file.config()["slipway:cluster"] as { kind?: unknown } | undefined;
  return cluster?.kind === "sandbox";
}
