import { Command } from "commander";
import { planRollback } from "../../rollout/rollback";
import { carryOut } from "../../rollout/release";
import { whoAmI } from "../../engine/session";
import { versionKeys } from "../../records/version-settings";
import { agreed, onStack, shown, report, type StackOptions } from "../options";
import { openSession } from "../session";

const examples = [
  "rollback SJZY.Package.Api",
  "rollback SJZY.Package.Api --to 3 --why 'orders without a sum'",
  "rollback SJZY.Package.Api --to 2022-08-03-18-54 --stack uat --yes",
];

/** `slipway rollback`: runs an earlier version, with the configuration it had. */
export const rollback = (): Command =>
  onStack(
    new Command("rollback")
      .description(
        "go back to an earlier version, or take back a release under way; the version left behind is rejected",
      )
      .argument("<project>", "name of a project")
      .option("--to <version>", "how many versions back, or a tag, or the beginning of a digest")
      .option("--why <reason>", "why the version left behind must not run again", "rolled back"),
    examples,
    { updates: true },
  ).action(async (project: string, options: StackOptions & { to?: string; why: string }) => {
    const session = openSession(options.stack, options.wait);
    session.engine.expectRun();
    const who = whoAmI(session.checkout);
    const plan = await planRollback(session, { project, who, to: options.to, why: options.why });
    await agreed([plan.summary, settingsText(project)], { stack: session.stack, yes: options.yes });
    const { record } = await carryOut(session, plan, { who, show: { stage: shown } });
    const text = `${project}: ${plan.summary.slice(project.length + 2)}; done`;
    report({ stack: session.stack, project, record }, text, options.json);
  });

/** Which settings are restored with the version, and which are not. */
export const settingsText = (project: string): string =>
  `the version has the settings that it ran with: ${versionKeys.join(", ")}; number of pods (set by \`slipway scale\`), strategy, hosts, egress and all others stay as projects/${project}.yaml has them now`;
