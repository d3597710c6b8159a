import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../../components/shared/problem";
import { tellsOfDrift } from "../readiness/gone";
import type { ReleaseRecord } from "../records/record";
import { archiveAfter } from "../archive/stack";
import type { Engine, Limits, RunArgs } from "../engine/engine";
import { EngineError } from "../engine/error";
import type { EngineReport } from "../engine/events";
import { underWayOverride, wayBackOverride } from "../gates/release";
import { broughtAbout, findServed, History, signed } from "../records/history";
import type { Plan } from "./plan";
import { readStack } from "./project";
import { beside, hear, nothingSaid, sameVersion, saidNow } from "../records/transitions";
import { refused } from "../stack/refusal";
import type { Session } from "../engine/session";
import type { Change } from "../records/stack-file";
import { mustRun } from "../status/version";
import { shortDigest, runRollout, type RolloutResult, type RolloutDriver } from "./run";

/** How a command shows what happens; one call for each update, and one for each pause. */
export interface Show {
  stage: (title: string, run: (say: (line: string) => void) => Promise<string>) => Promise<void>;
}

/** Walks a planned release. */
export async function carryOut(
  session: Session,
  { known, rollout, found, first, over, final, decision, whole = false }: Plan,
  { show, who }: { show: Show; who: string },
): Promise<RolloutResult> {
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
    // What must not run, and may again, was said since.
    const { rejected, lifted } = first;
    return served && { ...served.record, next: undefined, rejected, lifted };
  };
  const excuse = (): Pick<ReleaseRecord, "override" | "released"> => ({
    ...wayBackOverride(known.config.freeze, { now: new Date(), by: who }),
    ...saidNow(who, first),
  });
  const onward = ({ next }: ReleaseRecord): Pick<ReleaseRecord, "override"> =>
    underWayOverride(known.config.freeze, { now: new Date(), by: who, has: next?.override });
  const limits = whole ? undefined : known;
  // What runs already is released to put right what has drifted: only then does the engine ask the cluster first.
  const refresh = decision.kind === "same";
  const driver = driverOf(session, project, {
    known: known.record,
    limits,
    show,
    who,
    refresh,
  });
  const arrival = await runRollout(
    {
      project,
      stack: session.stack,
      filed: known.settings,
      found,
      first,
      over,
      rollout,
      earlier,
      final,
      onward,
      excuse,
    },
    driver,
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
  /** What the file said of the project when the walk was planned. */
  known: ReleaseRecord | undefined;
  limits: Limits | undefined;
  show: Show;
  who: string;
  /** The engine asks the cluster first what has changed there. */
  refresh?: boolean;
}

/** What a walk acts by: this stack's file and the engine, limited to the project. */
export function driverOf(
  { file, engine, stack }: Session,
  project: string,
  { known, limits, show, who, refresh = false }: Acting,
): RolloutDriver {
  // What we know the file to say, and in which text of it.
  let ours: { record: ReleaseRecord | undefined; text?: string } = { record: known };
  let undo = (): void => undefined;
  let said = nothingSaid;
  const warned = new Set<string>();

  /** Writes a record beside what others have said; throws where they have changed more. */
  const write = (next: ReleaseRecord | undefined): Change => {
    const change = file.change(project, (text) => {
      // A thousand records take a while to read.
      const found = text === ours.text ? ours.record : readStack(file).config.releases[project];
      const heard = hear(said, ours.record, found);
      if (heard === undefined) throw changedMeanwhile({ project, stack }, found);
      said = heard;
      ours = { record: next && beside(next, said) };
      return ours.record;
    });
    ours.text = change.text;
    return change;
  };
  return {
    save: (next) => {
      const before = ours;
      const change = write(next);
      undo = () => {
        if (change.undo()) ours = before;
        else write(before.record);
      };
    },
    undo: () => {
      undo();
    },
    update: async (title) => {
      let changed = 0;
      const warnings: string[] = [];
      await show.stage(title, async (say) => {
        const message = signed(`slipway: ${title}`, who);
        const report = await upAgain(engine, { limits, message, show: say, refresh });
        warnings.push(...report.warnings);
        changed = report.changes.filter(({ type }) => type !== "pulumi:pulumi:Stack").length;
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

/** What a walk says that finds another record than the one it knows: it would undo what somebody else has decided. */
function changedMeanwhile(
  { project, stack }: { project: string; stack: string },
  found: ReleaseRecord | undefined,
): UserError {
  const [one, step] = [found?.next ?? found, found?.next?.step];
  return refused(`${project}: its record was changed meanwhile, nothing more is done`, [
    {
      file: `Pulumi.${stack}.yaml`,
      path: `slipway:releases.${project}`,
      given:
        one === undefined
          ? "no record"
          : `${shortDigest(one.digest)}${step === undefined ? "" : ` at \`${step}\``}`,
      allowed: "what it said when this began: somebody else has released, rolled back or edited it",
      fix: `slipway status --stack ${stack} shows what runs; then the same command, if it is still wanted`,
    },
  ]);
}

/** An update; where somebody has deleted or changed something of it in the cluster, once more, asking the cluster first. */
async function upAgain(engine: Engine, args: RunArgs): Promise<EngineReport> {
  try {
    return await engine.up(args);
  } catch (error) {
    if (!(error instanceof EngineError) || !tellsOfDrift(error.message)) throw error;
    args.show?.("once more: the cluster is not as the state has it");
    return await engine.up({ ...args, refresh: true });
  }
}
