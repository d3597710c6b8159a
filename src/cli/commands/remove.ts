import { Command } from "commander";
import { readProject } from "../../rollout/project";
import { purgeVolumes, releaseVolumes } from "../../rollout/remove";
import { planChange } from "../../rollout/plan";
import { carryOut } from "../../rollout/release";
import { whoAmI } from "../../engine/session";
import type { ReleaseRecord } from "../../records/record";
import { agreed, onStack, shown, report, type StackOptions } from "../options";
import { openSession } from "../session";

/** `slipway remove`: removes a project from a stack; its record stays for its history, and its data unless purged. */
export const remove = (): Command =>
  onStack(
    new Command("remove")
      .description("remove a project from a stack; its data stays")
      .argument("<project>", "name of a project")
      .option("--purge", "delete its volumes with everything in them, now or after it was removed"),
    ["remove Packet_Label --stack uat", "remove Packet_Label --purge --yes"],
    { updates: true },
  ).action(async (project: string, options: StackOptions & { purge?: boolean }) => {
    const session = openSession(options.stack, options.wait);
    session.engine.expectRun();
    const { stack, checkout, file } = session;
    const who = whoAmI(checkout);
    const { purge = false, yes, json } = options;
    const known = readProject(checkout, file, project);
    const volumes = Object.keys(known.spec.volumes).join(", ");
    const deleted = `its volumes (${volumes}) are deleted with everything in them`;
    if (purge && known.record?.removed === true) {
      // It was removed already, by a run that was killed before the purge or had no --purge.
      await agreed([`${project}: ${deleted}`], { stack, yes });
      await purgeVolumes(session, known);
      report({ stack, project, purged: true, record: known.record }, `${project}: purged`, json);
      return;
    }
    const again = `slipway remove ${project}${purge ? " --purge" : ""} --stack ${stack}`;
    const change = (record: ReleaseRecord): { record: ReleaseRecord; summary: string } => {
      const kept = `its volumes (${volumes}) stay in the cluster`;
      const fate = purge || !known.config.storage.keep ? deleted : kept;
      const data = volumes === "" ? "" : `; ${fate}`;
      return { record: { ...record, removed: true }, summary: `removed from the stack${data}` };
    };
    const plan = await planChange(session, project, { change, again });
    await agreed([plan.summary], { stack, yes });
    await releaseVolumes(session, plan.known, !purge && known.config.storage.keep);
    const { record } = await carryOut(session, plan, { who, show: { stage: shown } });
    if (purge) await purgeVolumes(session, plan.known);
    report(
      { stack, project, purged: purge, record },
      `${project} is no longer in stack ${stack}`,
      json,
    );
  });
