import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { leastDrain } from "../../components/shared/pod";
import { UserError } from "../../components/shared/problem";
import { tellsOfDrift } from "../rollout/gone";
import type { ReleaseRecord } from "../settings/record";
import { archiveAfter } from "./archive-stack";
import type { Engine, Limits, RunArgs } from "./engine";
import { EngineError } from "./engine-error";
import type { Told } from "./events";
import { freezeOfChange, gateProblems, wayBackOverride } from "./gates";
import { broughtAbout, findServed, History, signed } from "./history";
import { readProject, type ReleasedProject } from "./project";
import { differing } from "../settings/version-settings";
import { asItStands, mustRun } from "./standing-version";
import {
  begin,
  sameVersion,
  saidNow,
  stagesFor,
  unpinned,
  versionOf,
  type Coming,
  type Rollout,
} from "./records";
import { whoAmI, type Session } from "./session";
import {
  decide,
  finishOrTakeBack,
  shortDigest,
  walk,
  type Arrival,
  type Decision,
  type Ground,
} from "./walk";
import { stepOf, strategyWord } from "../settings/strategy";
import { refused } from "./refusal";

/** How a command shows what happens; one call for each update, and one for each pause. */
export interface Show {
  stage: (title: string, run: (say: (line: string) => void) => Promise<string>) => Promise<void>;
}

/** A release as it is going to be, before anything is changed. */
export interface Plan {
  known: ReleasedProject;
  decision: Decision;
  coming: Coming;
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
export async function planRelease(session: Session, project: string, asked: Coming): Promise<Plan> {
  const known = readProject(session.checkout, session.file, project);
  const { rollout, settings } = known;
  const { running, empty } =
    known.record === undefined ? await runningUnrecorded(session, project) : {};
  const ran = known.record ?? running;
  const effective = await asItStands(session, known, ran);
  // Whatever it runs with where it comes from, here it runs with what is said here.
  const said = saidNow(whoAmI(session.checkout), ran);
  const coming = { ...unpinned(asked), settings, ...said };
  const decision = decide({ project, stack: session.stack }, ran, coming);
  if (decision.kind === "begin") {
    // The program would refuse it as well, but only after it has been written and asked.
    mayCome(session, project, coming);
  }
  const { found, first } =
    decision.kind === "begin"
      ? { found: effective, first: begin(effective, coming, rollout) }
      : goesOn(ran ?? coming, effective, { settings, ...said });
  const plan = { decision, coming, rollout, found, first };
  return {
    known,
    ...plan,
    ...(empty === true ? { whole: true } : {}),
    summary: summaryOf(project, { known, ...plan }),
  };
}

/** What runs already or is on its way, as it is written; in peace with its files' settings where it runs with others. */
function goesOn(
  written: ReleaseRecord,
  effective: ReleaseRecord | undefined,
  { settings, released }: Pick<Coming, "settings" | "released">,
): Pick<Plan, "found" | "first"> {
  const ran = effective?.settings;
  const { next, pinned = false } = written;
  if (next !== undefined || ran === undefined || (ran === settings && !pinned))
    return { found: written, first: written };
  return { found: effective, first: { ...unpinned(written), settings, released } };
}

/** Refuses a version that the guards of the stack object to. */
export function mayCome({ checkout, file }: Session, project: string, coming: Coming): void {
  const problems = gateProblems(checkout, file, {
    coming: { [project]: coming },
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
        mend: `slipway release ${project} --digest … --stack ${session.stack} runs it there`,
      },
    ]);
  }
  if (found.next !== undefined) {
    throw refused("Nothing was changed", [
      {
        path: project,
        allowed: `nothing else while its release is under way (${found.next.step})`,
        mend: finishOrTakeBack({ project, stack: session.stack }, found.next.digest),
      },
    ]);
  }
  await asItStands(session, known, found);
  const { record, summary } = change(found, known);
  const first = { ...record, ...saidNow(whoAmI(session.checkout), found) };
  const problems = freezeOfChange(session.file, { [project]: first }, { now: new Date(), again });
  if (problems.length > 0) throw refused("Nothing was changed", problems);
  const { rollout } = known;
  const plan = { known, rollout, found, first, coming: versionOf(first) };
  return { ...plan, decision: { kind: "same" }, summary: `${project}: ${summary}` };
}

function summaryOf(
  project: string,
  { known, decision, found, first, rollout, coming }: Omit<Plan, "summary" | "final">,
): string {
  const to = `${shortDigest(coming.digest)}${coming.tag === undefined ? "" : ` (${coming.tag})`}`;
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
      const from = found === undefined ? "new in this stack" : `from ${shortDigest(found.digest)}`;
      const steps = first.next === undefined ? [] : stagesFor(found, rollout).map(stepOf);
      const how = [
        strategyWord(rollout.strategy),
        ...(steps.length === 0 ? [] : [steps.join(" → ")]),
      ];
      return `${project}: ${from} to ${to}, ${how.join(": ")}${longDrain(known)}`;
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

/** Walks a planned release. */
export async function carryOut(
  session: Session,
  { known, rollout, found, first, over, final, decision, whole = false }: Plan,
  { show, who }: { show: Show; who: string },
): Promise<Arrival> {
  const { project } = known;
  const earlier = async (): Promise<ReleaseRecord | "itself" | undefined> => {
    const history = new History(session.engine);
    const last = broughtAbout(await history.page(), project);
    if (last?.next === undefined && last !== undefined && sameVersion(last, first)) return "itself";
    const { found: served } = await findServed(
      history,
      project,
      ([latest]) => latest,
      (record) => sameVersion(record, first),
    );
    // It may have served while another was on its way.
    return served && { ...served.record, next: undefined };
  };
  const excuse = (): Pick<ReleaseRecord, "override" | "released"> => ({
    ...wayBackOverride(known.config.freeze, { now: new Date(), by: who }),
    ...saidNow(who, first),
  });
  const limits = whole ? undefined : known;
  // What runs already is released to put right what has drifted: only then does the engine ask the cluster first.
  const refresh = decision.kind === "same";
  const ground = groundOf(session, project, { limits, show, who, refresh });
  const arrival = await walk(
    { project, stack: session.stack, found, first, over, rollout, earlier, final, excuse },
    ground,
  );
  if (arrival.state === "settled") {
    await mustRun(session, known, arrival.record);
    const complaint = await archiveAfter(session, project, who);
    if (complaint !== undefined) console.error(complaint);
  }
  return arrival;
}

/** How a walk acts. */
interface Acting {
  limits: Limits | undefined;
  show: Show;
  who: string;
  /** The engine asks the cluster first what has changed there. */
  refresh?: boolean;
}

/** What a walk acts by: this stack's file and the engine, limited to the project. */
export function groundOf(
  { file, engine, stack }: Session,
  project: string,
  { limits, show, who, refresh = false }: Acting,
): Ground {
  let [before, written] = [file.text(), file.text()];
  const warned = new Set<string>();
  return {
    save: (next) => {
      before = file.text();
      file.write(project, next);
      written = file.text();
    },
    undo: () => {
      file.restore(before, written);
    },
    update: async (title) => {
      let changed = 0;
      const warnings: string[] = [];
      await show.stage(title, async (say) => {
        const message = signed(`slipway: ${title}`, who);
        const told = await upAgain(engine, { limits, message, show: say, refresh });
        warnings.push(...told.warnings);
        changed = told.changes.filter(({ type }) => type !== "pulumi:pulumi:Stack").length;
        return changed === 1 ? "1 change" : `${changed} changes`;
      });
      for (const text of warnings.filter((each) => !warned.has(each))) {
        warned.add(text);
        console.error(`warning: ${text}`);
      }
      return { changed };
    },
    pause: async (seconds) => {
      if (seconds === 0) return;
      const stop = new AbortController();
      const note = (): void => {
        stop.abort();
      };
      const signals = ["SIGINT", "SIGTERM"] as const;
      for (const signal of signals) process.on(signal, note);
      try {
        await show.stage(`${project}: ${seconds} s as it is`, async (say) => {
          for (let left = seconds; left > 0; left--) {
            say(`${left} s left`);
            await sleep(1000, undefined, { signal: stop.signal });
          }
          return "";
        });
      } catch (error) {
        if (!stop.signal.aborted) throw error;
        throw new UserError(
          `stopped\n${project} stays at its step, which is complete; the same command goes on from there, \`slipway rollback ${project} --stack ${stack}\` takes it back`,
        );
      } finally {
        for (const signal of signals) process.off(signal, note);
      }
    },
  };
}

/** An update; where somebody has deleted or changed something of it in the cluster, once more, asking the cluster first. */
async function upAgain(engine: Engine, args: RunArgs): Promise<Told> {
  try {
    return await engine.up(args);
  } catch (error) {
    if (!(error instanceof EngineError) || !tellsOfDrift(error.message)) throw error;
    args.show?.("once more: the cluster is not as the state has it");
    return await engine.up({ ...args, refresh: true });
  }
}

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
