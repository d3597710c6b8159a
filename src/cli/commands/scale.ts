import { Command, InvalidArgumentError } from "commander";
import { planChange } from "../../rollout/plan";
import { carryOut } from "../../rollout/release";
import { shortDigest } from "../../rollout/titles";
import { whoAmI } from "../../engine/session";
import { agreed, onStack, shown, report, type StackOptions } from "../options";
import { openSession } from "../session";

/** `slipway scale`: sets the number of pods in the project's record. */
export const scale = (): Command =>
  onStack(
    new Command("scale")
      .description("run a project with another number of pods in this stack")
      .argument("<project>", "name of a project")
      .argument("<replicas>", "number of pods, 1 to 100", pods),
    ["scale SJZY.Package.Api 4", "scale Packet_Label 1 --stack uat --yes"],
    { updates: true },
  ).action(async (project: string, replicas: number, options: StackOptions) => {
    const session = openSession(options.stack, options.wait);
    session.engine.expectRun();
    const who = whoAmI(session.checkout);
    const again = `slipway scale ${project} ${replicas} --stack ${session.stack}`;
    const plan = await planChange(session, project, {
      again,
      change: (record, known) => {
        const { spec } = known;
        const pods =
          spec.replicas === replicas
            ? `${replicas} pods already`
            : `${spec.replicas} to ${replicas} pods`;
        const then =
          record.replicas === replicas
            ? "; an update corrects drift"
            : ", whatever its file says from now on";
        const fromSource = known.record === undefined;
        return {
          record: { ...record, replicas },
          summary: `${pods}${then}${fromSource ? `; it runs ${shortDigest(record.digest)} from now on, and is no longer built from its source` : ""}`,
        };
      },
    });
    await agreed([plan.summary], { stack: session.stack, yes: options.yes });
    const { record } = await carryOut(session, plan, { who, show: { stage: shown } });
    report(
      { stack: session.stack, project, record },
      `${project}: ${replicas} ${replicas === 1 ? "pod" : "pods"}`,
      options.json,
    );
  });

function pods(text: string): number {
  if (!/^([1-9]\d?|100)$/.test(text)) {
    throw new InvalidArgumentError("a number of pods, 1 to 100; to run none: slipway remove");
  }
  return Number(text);
}
