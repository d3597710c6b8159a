import { Command } from "commander";
import { refused } from "../../stack/refusal";
import { verifyByCheck } from "../../gates/verify";
import { changeRecord, readProject } from "../../rollout/project";
import { now, whoAmI } from "../../engine/session";
import { asItStands } from "../../status/version";
import { finishOrTakeBack } from "../../rollout/decision";
import { shortDigest } from "../../rollout/titles";
import { agreed, onStack, shown, report, type StackOptions } from "../options";
import { openSession } from "../session";

const examples = [
  "verify SJZY.Package.Api --stack uat",
  "verify Packet_Label --how 'clicked through by the testers, ticket 812' --yes",
];

/** `slipway verify`: records that the serving version works in this stack; promotion requires it. */
export const verify = (): Command =>
  onStack(
    new Command("verify")
      .description("run the project's check against the serving version, and record that it passed")
      .argument("<project>", "name of a project")
      .option("--how <text>", "it was verified by other means than its check: how"),
    examples,
  ).action(async (project: string, { how, ...options }: StackOptions & { how?: string }) => {
    const session = openSession(options.stack);
    const { stack, file, checkout } = session;
    const known = readProject(checkout, file, project);
    const { record } = known;
    const path = `slipway:releases.${project}`;
    const title = `${project} is not verified`;
    if (record === undefined || record.removed === true) {
      const fix = `slipway release ${project} --stack ${stack} … runs one`;
      throw refused(title, [{ path, allowed: `a project with a record in ${stack}`, fix }]);
    }
    if (record.next !== undefined) {
      const allowed = `no release under way: it is at \`${record.next.step}\``;
      const fix = finishOrTakeBack({ project, stack }, record.next.digest);
      throw refused(title, [{ path: `${path}.next`, given: record.next.digest, allowed, fix }]);
    }
    const way = how === undefined ? "its check runs now" : how;
    await agreed([`${project}: ${shortDigest(record.digest)}: ${way}`], {
      stack,
      yes: options.yes,
    });
    let found = how ?? "";
    if (how === undefined) {
      // The check runs with the serving version's settings, not those in its project's file.
      const live = (await asItStands(session, known, record)) ?? record;
      const serving = readProject(checkout, file, project, live);
      await shown(
        `${project}: check`,
        async () => (found = await verifyByCheck(session, serving, record)),
      );
    }
    const verified = { by: whoAmI(checkout), at: now(), how: found };
    changeRecord(file, project, (after) => {
      if (after?.digest === record.digest && after.next === undefined)
        return { ...after, verified };
      const allowed = "the checked version, which no longer serves";
      throw refused(title, [{ path, given: after?.digest, allowed, fix: "verify again" }]);
    });
    const text = `${project}: ${shortDigest(record.digest)} is verified in ${stack}: ${found}`;
    report({ stack, project, digest: record.digest, verified }, text, options.json);
  });
