import { Command } from "commander";
import type { Problem } from "../../../components/shared/problem";
import { codeFolder, commitFacts, gateProblems } from "../../gates/release";
import { promoted } from "../../gates/promote";
import { readProject, readStack } from "../../rollout/project";
import type { TargetVersion } from "../../records/transitions";
import { planRelease, type ReleasePlan } from "../../rollout/plan";
import { carryOut } from "../../rollout/release";
import { now, whoAmI, type Session } from "../../engine/session";
import { versionAsked } from "../../rollout/version-request";
import { shortDigest } from "../../rollout/titles";
import { agreed, onStack, shown, report, type StackOptions } from "../options";
import { refused } from "../../stack/refusal";
import { openSession } from "../session";

interface Options extends StackOptions {
  from: string;
  to: string;
  approveAs?: string;
  override?: boolean;
  why?: string;
}

const examples = [
  "promote SJZY.Package.Api Packet_Label --from uat --to prod",
  "promote SJZY.Package.Api --from uat --to prod --approve-as 'Li Wei <li.wei@sjzy.example>' --yes",
];

/** `slipway promote`: releases in the next stack the version that serves in this one: the same image, no rebuild. */
export const promote = (): Command => {
  const command = new Command("promote")
    .description(
      "release in a stack what was verified in the stack before: the same image, no rebuild",
    )
    .argument("<project...>", "names of projects")
    .requiredOption("--from <stack>", "source stack")
    .requiredOption("--to <stack>", "target stack")
    .option("--approve-as <who>", "who approves it, by default you; never the author")
    .option("--override", "release in spite of a freeze; needs --why")
    .option("--why <reason>", "why, for --override");
  return onStack(command, examples, { stack: false, updates: true }).action(
    async (projects: string[], options: Options) => {
      const { target, sessions } = targetsFrom([...new Set(projects)], options);
      const plans: ReleasePlan[] = [];
      for (const [project, version] of Object.entries(target)) {
        const known = readProject(sessions.to.checkout, sessions.to.file, project);
        await versionAsked(sessions.to, known, { digest: version.digest });
        plans.push(await planRelease(sessions.to, project, version));
      }
      const { stack } = sessions.to;
      await agreed(
        plans.map(({ summary }) => `${summary}; from ${options.from}`),
        { stack, yes: options.yes },
      );
      const results = [];
      for (const plan of plans) {
        const who = whoAmI(sessions.to.checkout);
        const { state, record } = await carryOut(sessions.to, plan, {
          who,
          show: { stage: shown },
        });
        results.push({ project: plan.known.project, state, record });
      }
      const lines = results.map(({ project, state, record }) =>
        state === "settled"
          ? `${project}: ${shortDigest(record.digest)} serves in ${stack}`
          : `${project}: ${state} in ${stack}`,
      );
      report({ stack, from: options.from, releases: results }, lines.join("\n"), options.json);
    },
  );
};

/** The versions for the next stack; throws all objections, for all projects at once. */
function targetsFrom(
  projects: readonly string[],
  { from, to, approveAs, override = false, why, wait }: Options,
): { target: Record<string, TargetVersion>; sessions: { from: Session; to: Session } } {
  const title = "Nothing was promoted";
  if (from === to) {
    throw refused(title, [
      { path: "--to", given: to, allowed: `another stack than --from, ${from}` },
    ]);
  }
  const sessions = { from: openSession(from), to: openSession(to, wait) };
  if (override && why === undefined) {
    throw refused(title, [
      { path: "--override", allowed: "with --why: what cannot wait for the end of the freeze" },
    ]);
  }
  const { checkout } = sessions.to;
  const { promotion } = readStack(sessions.to.file).config;
  if (promotion !== undefined && promotion.from !== from) {
    throw refused(title, [
      {
        path: "--from",
        given: from,
        allowed: `${promotion.from}: what slipway:promotion of ${to} says`,
      },
    ]);
  }
  const { releases, build } = readStack(sessions.from.file).config;
  const [by, at] = [whoAmI(checkout), now()];
  const target: Record<string, TargetVersion> = {};
  const problems: Problem[] = [];
  for (const project of projects) {
    readProject(checkout, sessions.to.file, project);
    const record = releases[project];
    const facts = commitFacts(codeFolder(checkout, build.code, project), record?.commit);
    const warrant = why === undefined || !override ? {} : { override: { by, at, why } };
    const result = promoted({
      project,
      from,
      to,
      record,
      promotion,
      facts,
      by,
      at,
      approver: approveAs ?? by,
      ...warrant,
    });
    if ("problems" in result) problems.push(...result.problems);
    else target[project] = result.target;
  }
  problems.push(...gateProblems(checkout, sessions.to.file, { target, now: new Date() }));
  if (problems.length > 0) throw refused(title, problems);
  return { target, sessions };
}
