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
import { decide, finishOrTakeBack, type Decision } from "./decision";
import { excused } from "./excused";
import { shortDigest } from "./titles";

/** A planned release, before anything is changed. */
export interface ReleasePlan {
  known: ReleasedProject;
  decision: Decision;
  target: TargetVersion;
  rollout: Rollout;
  /** What runs; for a project without a record, what the last update left running. */
  found: ReleaseRecord | undefined;
  first: ReleaseRecord;
  /** Records to apply first: they end another release. */
  over?: readonly ReleaseRecord[];
  /** What will happen, in one line. */
  summary: string;
  /** Its starting point must not be restored on failure. */
  final?: boolean;
  /** The stack is empty, and the project needs everything it depends on. */
  whole?: boolean;
}

/** Plans the release of a version of a project; throws if it is refused. */
export async function planRelease(
  session: Session,
  project: string,
  asked: TargetVersion,
): Promise<ReleasePlan> {
  const known = readProject(session.checkout, session.file, project);
  const { rollout, settings } = known;
  const { running, empty } =
    known.record === undefined ? await runningUnrecorded(session, project) : {};
  const ran = known.record ?? running;
  const effective = await asItStands(session, known, ran);
  // The settings it ran with in another stack do not count: it runs with the settings of this one.
  const said = saidNow(whoAmI(session.checkout), ran);
  const target = { ...unpinned(asked), settings, ...said };
  const decision = decide({ project, stack: session.stack }, ran, target);
  if (decision.kind === "begin") {
    // The program would refuse it too, but only after it has been written and an update started.
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

/** Override for a release during which a freeze has begun: only if one of its steps has been applied. */
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
 * The version that already runs or is being rolled out, as recorded; in steady state with its files' settings if those differ,
 * and with its override for a freeze.
 */
export function goesOn(
  written: ReleaseRecord,
  effective: ReleaseRecord | undefined,
  target: TargetVersion,
): Pick<ReleasePlan, "found" | "first"> {
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

/** A version with its origin and what allows it in, as far as given now and not recorded before. */
function knowing<T extends TargetVersion>(version: T, asked: TargetVersion): T {
  const { tag, commit, config, author, branch, promoted, approved } = version;
  const from = commit === undefined ? asked : { commit, author, branch };
  // An author's own approval does not count.
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

/** Refuses a version that violates the stack's gates. */
export function mayCome({ checkout, file }: Session, project: string, target: TargetVersion): void {
  const problems = gateProblems(checkout, file, {
    target: { [project]: target },
    now: new Date(),
  });
  if (problems.length > 0)
    throw refused(`${project} is not released, nothing was changed`, problems);
}

/** Plans a change of a record that is not a release: one update, and back to the old record if it fails. */
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
    /** The command that requests it. */
    again: string;
  },
): Promise<ReleasePlan> {
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
  { known, decision, found, first, rollout, target }: Omit<ReleasePlan, "summary" | "final">,
): string {
  const to = `${shortDigest(target.digest)}${target.tag === undefined ? "" : ` (${target.tag})`}`;
  switch (decision.kind) {
    case "same": {
      const [ran, runs] = [found?.settings, first.settings];
      const changed = ran === undefined || runs === undefined ? [] : differing(ran, runs);
      return changed.length === 0
        ? `${project}: ${to} runs already; an update corrects drift`
        : `${project}: ${to} runs already, from now on with other settings: ${changed.join(", ")}`;
    }
    case "resume":
      return `${project}: the release of ${to} continues at \`${decision.step}\``;
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

/** What makes a release slow: requests that may still run. */
const longDrain = ({ spec: { drainSeconds, strategy } }: ReleasedProject): string =>
  drainSeconds === leastDrain
    ? ""
    : strategy.kind === "recreate"
      ? `; no new requests are answered while the old pods finish theirs, for up to ${drainSeconds} s`
      : `; old pods keep serving for up to ${drainSeconds} s`;

const Outputs = z.object({
  projects: z.record(z.string(), z.object({ image: z.string() }).loose()),
});

/** What a project without a record runs, if the stack has built it from source: the version for a rollback. */
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
