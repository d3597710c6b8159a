import { Command, Option } from "commander";
import { UserError } from "../../../components/shared/problem";
import { readProject } from "../../rollout/project";
import { mayCome, planRelease, type ReleasePlan } from "../../rollout/plan";
import { carryOut } from "../../rollout/release";
import { now, whoAmI, type Session } from "../../engine/session";
import type { BuildOptions } from "../../build/request";
import { versionAsked, type VersionRequest } from "../../rollout/version-request";
import type { TargetVersion } from "../../records/transitions";
import { agreed, onStack, shown, report, type StackOptions } from "../options";
import { refused } from "../../stack/refusal";
import { titleOf } from "../../rollout/titles";
import { openSession } from "../session";

interface Options extends StackOptions, Omit<VersionRequest, "how">, BuildOptions {
  override?: boolean;
  why?: string;
}

const examples = [
  "release SJZY.Package.Api --digest sha256:2cf2…",
  "release SJZY.Package.Api Packet_Label --tag 2022-08-08-14-25 --stack uat --yes",
  "release Packet_Label --build",
  "release Packet_Label --commit v1.2.0 --config-commit 3fdd00f",
];

/** `slipway release`: rolls out a version, by the project's strategy. */
export const release = (): Command =>
  onStack(
    new Command("release")
      .description(
        "run a version of projects in a stack: record it, update step by step; if killed, the same command continues",
      )
      .argument("<project...>", "names of projects, as in projects/<name>.yaml")
      .addOption(new Option("--digest <digest>", "image by digest").conflicts(["tag", "build"]))
      .addOption(
        new Option("--tag <tag>", "image that the registry has under a tag").conflicts("build"),
      )
      .option("--build", "build it from the project's sources first")
      .addOption(building("--commit <commit>", "commit, tag or branch of the project to build"))
      .addOption(building("--config-commit <commit>", "the same of the config repository"))
      .addOption(building("--branch <branch>", "branch that it is built for"))
      .addOption(building("--release-version <version>", "version in the tag, such as v1.2.0"))
      .addOption(building("--build-id <id>", "build number in the tag"))
      .option("--override", "release in spite of a freeze; needs --why")
      .option("--why <reason>", "why, for --override"),
    examples,
    { updates: true },
  ).action(async (projects: string[], options: Options) => {
    const session = openSession(options.stack, options.wait);
    session.engine.expectRun();
    const who = whoAmI(session.checkout);
    const request = checked(session.stack, projects, options);
    const warrant = overrideOf(options, who);
    const all = [...new Set(projects)];
    // All problems of all projects are reported before the first build.
    await ofAll(all, (project) => readProject(session.checkout, session.file, project));
    const plans = await ofAll(all, async (project): Promise<ReleasePlan> => {
      const version = await versionFor(session, project, { request, warrant });
      return await planRelease(session, project, { ...version, ...warrant });
    });
    await agreed(
      plans.map(({ summary }) => summary),
      { stack: session.stack, yes: options.yes },
    );
    const results = await inTurn(plans, async (plan) => {
      const { state, record } = await carryOut(session, plan, { who, show: { stage: shown } });
      if (state === "waiting") {
        const again = `slipway release ${plan.known.project} --digest ${plan.target.digest} --stack ${session.stack}`;
        console.error(
          `${plan.known.project} waits at \`${record.next?.step ?? ""}\`: look at it; to go on: ${again}; to take it back: slipway rollback ${plan.known.project} --stack ${session.stack}`,
        );
      }
      return { project: plan.known.project, state, record };
    });
    const lines = results.map(({ project, record }) => titleOf(project, record));
    report({ stack: session.stack, releases: results }, lines.join("\n"), options.json);
  });

/** Carries out one plan after the other; if one fails, reports which ones were not begun. */
export async function inTurn<P extends Pick<ReleasePlan, "known">, R>(
  plans: readonly P[],
  each: (plan: P) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  for (const [index, plan] of plans.entries()) {
    try {
      results.push(await each(plan));
    } catch (error) {
      const left = plans.slice(index + 1).map(({ known }) => known.project);
      if (left.length > 0) console.error(`not begun: ${left.join(", ")}`);
      throw error;
    }
  }
  return results;
}

/** Does the same for each project; refusals are reported together, each reason once. */
async function ofAll<T>(
  projects: readonly string[],
  each: (project: string) => T | Promise<T>,
): Promise<T[]> {
  const [done, refusals]: [T[], Set<string>] = [[], new Set()];
  for (const project of projects) {
    try {
      done.push(await each(project));
    } catch (error) {
      if (!(error instanceof UserError) || error.exitCode !== 2) throw error;
      refusals.add(error.message);
    }
  }
  if (refusals.size > 0) throw new UserError([...refusals].join("\n"), 2);
  return done;
}

/** A version that is not built yet: gates know it by its sources. */
const unbuilt = `sha256:${"0".repeat(64)}`;

async function versionFor(
  session: Session,
  project: string,
  { request, warrant }: { request: VersionRequest; warrant: Pick<TargetVersion, "override"> },
): Promise<TargetVersion> {
  const known = readProject(session.checkout, session.file, project);
  if (request.build !== true) return await versionAsked(session, known, request);
  let version: TargetVersion | undefined;
  await shown(`${project}: build`, async (say) => {
    version = await versionAsked(session, known, request, {
      show: say,
      allow: (target) => {
        mayCome(session, project, { ...target, ...warrant, digest: unbuilt });
      },
    });
    return version.tag ?? version.digest;
  });
  if (version === undefined) throw new Error("a build ended without a version");
  return version;
}

/** An option of a build: giving it requests a build. */
const building = (flags: string, description: string): Option =>
  new Option(flags, `${description}; builds`).implies({ build: true });

function checked(stack: string, projects: readonly string[], options: Options): VersionRequest {
  const { digest, tag, build, commit, configCommit, branch, releaseVersion, buildId } = options;
  if (digest === undefined && tag === undefined && build !== true) {
    throw refused("Nothing was released", [
      {
        path: "--digest, --tag, --build",
        allowed: "one of them: which version is to run",
        fix: `slipway history ${projects[0] ?? ""} --stack ${stack} shows what ran before`,
      },
    ]);
  }
  if (digest !== undefined && new Set(projects).size > 1) {
    throw refused("Nothing was released", [
      {
        path: "--digest",
        given: projects,
        allowed: "one project: a digest is one project's image",
      },
    ]);
  }
  const how = { commit, configCommit, branch, releaseVersion, buildId };
  return { digest, tag, build, how };
}

function overrideOf({ override, why }: Options, by: string): Pick<TargetVersion, "override"> {
  if (override !== true) return {};
  if (why === undefined) {
    throw refused("Nothing was released", [
      { path: "--override", allowed: "with --why: what cannot wait for the end" },
    ]);
  }
  return { override: { by, at: now(), why } };
}
