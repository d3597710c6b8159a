import { Command } from "commander";
import { purgeVolumes, releaseVolumes } from "../../release/removing";
import { carryOut, planChange } from "../../release/releasing";
import { openSession, whoAmI } from "../../release/session";
import { agreed, onStack, shown, told, type StackOptions } from "../options";

/** `slipway remove`: a project leaves a stack; its record stays for its history, its data unless they are purged. */
export const remove = (): Command =>
  onStack(
    new Command("remove")
      .description("take a project out of a stack; what it has stored stays")
      .argument("<project>", "name of a project")
      .option("--purge", "delete its volumes with everything in them"),
    ["remove Packet_Label --stack uat", "remove Packet_Label --purge --yes"],
  ).action(async (project: string, options: StackOptions & { purge?: boolean }) => {
    const session = openSession(options.stack);
    const who = whoAmI(session.checkout);
    const { purge = false } = options;
    const plan = await planChange(session, project, (record, { spec }) => {
      const volumes = Object.keys(spec.volumes).join(", ");
      const fate = purge ? "are deleted with everything in them" : "stay in the cluster";
      const data = volumes === "" ? "" : `; its volumes (${volumes}) ${fate}`;
      return { record: { ...record, removed: true }, summary: `taken out of the stack${data}` };
    });
    await agreed([plan.summary], { stack: session.stack, yes: options.yes });
    await releaseVolumes(session, plan.known);
    const { record } = await carryOut(session, plan, { who, show: { stage: shown } });
    if (purge) await purgeVolumes(session, plan.known);
    const result = { stack: session.stack, project, purged: purge, record };
    told(result, `${project} is no longer in stack ${session.stack}`, options.json);
  });
