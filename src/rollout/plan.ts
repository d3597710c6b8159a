import { z } from "zod";
import { leastDrain } from "../../components/shared/pod";
import { samePerson } from "../gates/people";
import type { ReleaseRecord } from "../records/record";
import { stepOf, strategyWord } from "../projects/strategy";
import { differing } from "../records/version-settings";
import { freezeOfChange, gateProblems, underWayOverride } from "../gates/release";
import { broughtAbout, History } from "../records/history";
import { readProject, type ReleasedProject } from "./project";
import {
  begin,
  defined,
  saidNow,
  stagesFor,
  unpinned,
  versionOf,
  type TargetVersion,
  type Rollout,
} from "../records/transitions";
import { refused } from "../stack/refusal";
import { whoAmI, type Session } from "../engine/session";
import { asItStands } from "../status/version";
import { decide, excused, finishOrTakeBack, shortDigest, type Decision } from "./run";

/** A release as it is going to be, before anything is changed. */
export interface Plan {
  known: ReleasedProject;
  decision: Decision;
  target: TargetVersion;
  rollout: Rollout;
  /** What runs; for a project without a record what the last update left running. */
  found: ReleaseRecord | undefined;
  first: ReleaseRecord;
  /** Records to be brought about before it: the way out of another release. */
  over?: readonly ReleaseRecord[];
  /** What will happen, in a line. */
  summary: string;
  /** What it starts from is no place to come back to. */
  final?: boolean;
  /** The stack has nothing yet, and the project needs all that it stands on. */
  whole?: boolean;
}

/** Decides what releasing a version of a project means; throws when it is refused. */
export async function planRelease(
  session: Session,
  project: string,
  asked: TargetVersion,
): Promise<Plan> {
  const known = readProject(session.checkout, session.file, project);
  const { rollout, settings } = known;
  const { running, empty } =
    known.record === undefined ? await runningUnrecorded(session, project) : {};
  const ran = known.record ?? running;
  const effective = await asItStands(session, known, ran);
  // Whatever it runs with where it comes from, here it runs with what is said here.
  const said = saidNow(whoAmI(session.checkout), ran);
  const target = { ...unpinned(asked), settings, ...said };
  const decision = decide({ project, stack: session.stack }, ran, target);
  if (decision.kind === "begin") {
    // The program would refuse it as well, but only after it has been written and asked.
    mayCome(session, project, target);
  }
  const { found, first } =
    decision.kind === "begin"
      ? { found: effective, first: begin(effective, target, rollout) }
      : goesOn(ran ?? target, effective, {
          ...target,
          ...(decision.kind === "resume" ? await underWay(session, known, target) : {}),
        });
  const plan = { decision, target, rollout, found, first };
  return {
    known,
    ...plan,
    ...(empty === true ? { whole: true } : {}),
    summary: summaryOf(project, { known, ...plan }),
  };
}

/** What lets a release go on that a freeze has come over: one of which a step was brought about. */
async function underWay(
  { engine, checkout }: Session,
  { project, config, record }: ReleasedProject,
  { digest, override }: TargetVersion,
): Promise<Pick<TargetVersion, "override">> {
  const has = override ?? record?.next?.override;
  const through = underWayOverride(config.freeze, { now: new Date(), by: whoAmI(checkout), has });
  if (through.override === undefined) return {};
  const seen = broughtAbout(await new History(engine).page(), project);
  return seen?.next?.digest === digest ? through : {};
}

/**
 * What runs already or is on its way, as it is written; in peace with its files' settings where it runs with others, and with what
 * lets it through a freeze.
 */
export function goesOn(
  written: ReleaseRecord,
  effective: ReleaseRecord | undefined,
  target: TargetVersion,
): Pick<Plan, "found" | "first"> {
  const ran = effective?.settings;
  const { settings, released, override } = target;
  const { next, pinned = false } = written;
  const goes = excused(
    next === undefined ? knowing(written, target) : { ...written, next: knowing(next, target) },
    defined({ override }),
  );
  if (next !== undefined || ran === undefined || (ran === settings && !pinned))
    return { found: goes, first: goes };
  return { found: effective, first: { ...unpinned(goes), settings, released } };
}

/** A version with where it comes from and what lets it in, as far as it is told now and nobody knew it before. */
function knowing<T extends TargetVersion>(version: T, asked: TargetVersion): T {
  const { tag, commit, config, author, branch, promoted, approved } = version;
  const from = commit === undefined ? asked : { commit, author, branch };
  // Whoever lets in what is his own has let in nothing.
  const own = approved !== undefined && samePerson(from.author ?? "", approved.by);
  return defined({
    ...version,
    tag: tag ?? asked.tag,
    commit: from.commit,
    author: from.author,
    branch: from.branch,
    config: config ?? asked.config,
    promoted: promoted ?? asked.promoted,
    approved: own ? (asked.approved ?? approved) : (approved ?? asked.approved),
  });
}

/** Refuses a version that the guards of the stack object to. */
export function mayCome({ checkout, file }: Session, project: string, target: TargetVersion): void {
  const problems = gateProblems(checkout, file, {
    target: { [project]: target },
    now: new Date(),
  });
  if (problems.length > 0)
    throw refused(`${project} is not released, nothing was changed`, problems);
}

/** Decides over a change of a record that is no release: one update, and back to what was when it fails. */
export async function planChange(
  session: Session,
  project: string,
  {
    change,
    again,
  }: {
    change: (
      record: ReleaseRecord,
      known: ReleasedProject,
    ) => { record: ReleaseRecord; summary: string };
    /** The command that asks for it. */
    again: string;
  },
): Promise<Plan> {
  const known = readProject(session.checkout, session.file, project);
  const found = known.record ?? (await runningUnrecorded(session, project)).running;
  if (found === undefined || found.removed === true) {
    throw refused("Nothing was changed", [
      {
        path: project,
        allowed: `a project that runs in stack ${session.stack}`,
        fix: `slipway release ${project} --digest … --stack ${session.stack} runs it there`,
      },
    ]);
  }
  if (found.next !== undefined) {
    throw refused("Nothing was changed", [
      {
        path: project,
        allowed: `nothing else while its release is under way (${found.next.step})`,
        fix: finishOrTakeBack({ project, stack: session.stack }, found.next.digest),
      },
    ]);
  }
  await asItStands(session, known, found);
  const { record, summary } = change(found, known);
  const first = { ...record, ...saidNow(whoAmI(session.checkout), found) };
  const problems = freezeOfChange(session.file, [project, first], { now: new Date(), again });
  if (problems.length > 0) throw refused("Nothing was changed", problems);
  const { rollout } = known;
  const plan = { known, rollout, found, first, target: versionOf(first) };
  return { ...plan, decision: { kind: "same" }, summary: `${project}: ${summary}` };
}

function summaryOf(
  project: string,
  { known, decision, found, first, rollout, target }: Omit<Plan, "summary" | "final">,
): string {
  const to = `${shortDigest(target.digest)}${target.tag === undefined ? "" : ` (${target.tag})`}`;
  switch (decision.kind) {
    case "same": {
      const [ran, runs] = [found?.settings, first.settings];
      const changed = ran === undefined || runs === undefined ? [] : differing(ran, runs);
      return changed.length === 0
        ? `${project}: ${to} runs already; an update puts right what has drifted`
        : `${project}: ${to} runs already, from now on with other settings: ${changed.join(", ")}`;
    }
    case "resume":
      return `${project}: the release of ${to} goes on at \`${decision.step}\``;
    case "begin": {
      const from =
        found === undefined ? "new in this stack:" : `from ${shortDigest(found.digest)} to`;
      const steps = first.next === undefined ? [] : stagesFor(found, rollout).map(stepOf);
      const how = [
        strategyWord(rollout.strategy),
        ...(steps.length === 0 ? [] : [steps.join(" → ")]),
      ];
      return `${project}: ${from} ${to}, ${how.join(": ")}${longDrain(known)}`;
    }
  }
}

/** What of a release takes its time because requests may. */
const longDrain = ({ spec: { drainSeconds, strategy } }: ReleasedProject): string =>
  drainSeconds === leastDrain
    ? ""
    : strategy.kind === "recreate"
      ? `; nothing answers while the old pods serve on, for up to ${drainSeconds} s`
      : `; old pods serve on for up to ${drainSeconds} s`;

const Outputs = z.object({
  projects: z.record(z.string(), z.object({ image: z.string() }).loose()),
});

/** What a project without a record runs, when the stack has built it from source: the version to go back to. */
async function runningUnrecorded(
  { engine }: Session,
  project: string,
): Promise<{ running?: ReleaseRecord; empty?: boolean }> {
  const outputs = Outputs.safeParse(await engine.json("stack", "output"));
  if (!outputs.success) return { empty: true };
  const image = outputs.data.projects[project]?.image ?? "";
  const digest = /sha256:[0-9a-f]{64}$/.exec(image)?.[0];
  return digest === undefined ? {} : { running: { digest } };
}
