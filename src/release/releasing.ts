import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../../components/shared/problem";
import { tellsOfDrift } from "../rollout/gone";
import type { ReleaseRecord } from "../settings/record";
import { archiveAfter } from "./archive-stack";
import type { Engine, Limits, RunArgs } from "./engine";
import { EngineError } from "./engine-error";
import type { Told } from "./events";
import { wayBackOverride } from "./gates";
import { broughtAbout, findServed, History, signed } from "./history";
import type { Plan } from "./planning";
import { sameVersion, saidNow } from "./records";
import type { Session } from "./session";
import { mustRun } from "./standing-version";
import { walk, type Arrival, type Ground } from "./walk";

/** How a command shows what happens; one call for each update, and one for each pause. */
export interface Show {
  stage: (title: string, run: (say: (line: string) => void) => Promise<string>) => Promise<void>;
}

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
