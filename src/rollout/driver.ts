import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../../components/shared/problem";
import type { Engine, TargetLimits, RunArgs } from "../engine/engine";
import { EngineError } from "../engine/error";
import type { EngineReport } from "../engine/events";
import type { Session } from "../engine/session";
import { tellsOfDrift } from "../readiness/gone";
import { signed } from "../records/history";
import type { ReleaseRecord } from "../records/record";
import type { FileChange } from "../records/stack-file";
import { beside, hear, nothingSaid } from "../records/transitions";
import { refused } from "../stack/refusal";
import { readStack } from "./project";
import { shortDigest } from "./titles";
import type { RolloutDriver } from "./types";

/** How a command shows what happens; one call for each update, and one for each pause. */
export interface RolloutProgress {
  stage: (title: string, run: (say: (line: string) => void) => Promise<string>) => Promise<void>;
}

/** How a driver acts. */
interface Acting {
  /** The project's record when the rollout was planned. */
  known: ReleaseRecord | undefined;
  limits: TargetLimits | undefined;
  show: RolloutProgress;
  who: string;
  /** Whether the engine refreshes its state from the cluster first. */
  refresh?: boolean;
}

/** Drives a rollout by this stack's file and the engine, limited to the project. */
export class StackDriver implements RolloutDriver {
  /** The record that we last saw in the file, and the text of the file then. */
  private ours: { record: ReleaseRecord | undefined; text?: string };
  private said = nothingSaid;
  private takeBack = (): void => undefined;
  private readonly warned = new Set<string>();

  constructor(
    private readonly session: Session,
    private readonly project: string,
    private readonly acting: Acting,
  ) {
    this.ours = { record: acting.known };
  }

  save(next: ReleaseRecord | undefined): void {
    const before = this.ours;
    const change = this.write(next);
    this.takeBack = () => {
      if (change.undo()) this.ours = before;
      else this.write(before.record);
    };
  }

  undo(): void {
    this.takeBack();
  }

  /** Writes a record and keeps what others have added to it; throws where they have changed more. */
  private write(next: ReleaseRecord | undefined): FileChange {
    const { project } = this;
    const { file, stack } = this.session;
    const change = file.change(project, (text) => {
      // Parsing a thousand records takes a while.
      const found =
        text === this.ours.text ? this.ours.record : readStack(file).config.releases[project];
      const heard = hear(this.said, this.ours.record, found);
      if (heard === undefined) throw changedMeanwhile({ project, stack }, found);
      this.said = heard;
      this.ours = { record: next && beside(next, heard) };
      return this.ours.record;
    });
    this.ours.text = change.text;
    return change;
  }

  async update(title: string): Promise<{ changed: number }> {
    const { limits, show, who, refresh = false } = this.acting;
    let changed = 0;
    const warnings: string[] = [];
    await show.stage(title, async (say) => {
      const message = signed(`slipway: ${title}`, who);
      const args = { limits, message, show: say, refresh };
      const report = await upAgain(this.session.engine, args);
      warnings.push(...report.warnings);
      changed = report.changes.filter(({ type }) => type !== "pulumi:pulumi:Stack").length;
      return changed === 1 ? "1 change" : `${changed} changes`;
    });
    for (const text of warnings.filter((each) => !this.warned.has(each))) {
      this.warned.add(text);
      console.error(`warning: ${text}`);
    }
    return { changed };
  }

  async pause(seconds: number): Promise<void> {
    if (seconds === 0) return;
    const { project } = this;
    const stop = new AbortController();
    const note = (): void => {
      stop.abort();
    };
    const signals = ["SIGINT", "SIGTERM"] as const;
    for (const signal of signals) process.on(signal, note);
    try {
      await this.acting.show.stage(`${project}: ${seconds} s as it is`, async (say) => {
        for (let left = seconds; left > 0; left--) {
          say(`${left} s left`);
          await sleep(1000, undefined, { signal: stop.signal });
        }
        return "";
      });
    } catch (error) {
      if (!stop.signal.aborted) throw error;
      throw new UserError(
        `stopped\n${project} stays at its step, which is complete; the same command continues from there, \`slipway rollback ${project} --stack ${this.session.stack}\` takes it back`,
      );
    } finally {
      for (const signal of signals) process.off(signal, note);
    }
  }
}

/** The record is not the one that we know: going on would undo what somebody else has decided. */
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
      allowed:
        "what it was when this command began: somebody else has released, rolled back or edited it",
      fix: `slipway status --stack ${stack} shows what runs; then the same command, if it is still wanted`,
    },
  ]);
}

/** Updates; where the cluster no longer matches the state, updates once more with a refresh. */
async function upAgain(engine: Engine, args: RunArgs): Promise<EngineReport> {
  try {
    return await engine.up(args);
  } catch (error) {
    if (!(error instanceof EngineError) || !tellsOfDrift(error.message)) throw error;
    args.show?.("once more, with a refresh: the cluster differs from the state");
    return await engine.up({ ...args, refresh: true });
  }
}
