import { UserError } from "../../components/shared/problem";
import type { ReleaseRecord } from "../records/record";
import { advance, stageOf, type Rollout } from "../records/transitions";
import { EngineError } from "../engine/error";
import { excused } from "./excused";
import { titleOf, whereIn } from "./titles";
import { takenBack } from "./way-back";

/** What a walk acts by: the stack's file, the engine, and time. */
export interface RolloutDriver {
  /** Writes the project's record, or takes it out. */
  save(record: ReleaseRecord | undefined): void;
  /** Puts back what the file said before the last `save`. */
  undo(): void;
  /** Brings the stack in line with what is written, limited to the project; throws an `EngineError`. */
  update(title: string): Promise<{ changed: number }>;
  /** Lets a canary be for a while. */
  pause(seconds: number): Promise<void>;
}

/** A release to walk through. */
export interface RolloutPlan {
  project: string;
  stack: string;
  /** What the stack's file says now; undefined when it says nothing of the project. */
  found: ReleaseRecord | undefined;
  /** The record to start with: the first stage, the stage that a killed run was at, or already the last. */
  first: ReleaseRecord;
  /** Records to be brought about before it: the way out of another release. */
  over?: readonly ReleaseRecord[] | undefined;
  rollout: Rollout;
  /** What belongs to a version of what its project's file says by now. */
  filed?: string | undefined;
  /**
   * What ran before, for the way back from a release without stages whose run was killed; `itself` where that was brought about
   * once: a repair of what runs has nothing to go back to.
   */
  earlier: () => Promise<ReleaseRecord | "itself" | undefined>;
  /** What lets each stage but the first through a freeze that has begun since. */
  onward?: (record: ReleaseRecord) => Pick<ReleaseRecord, "override">;
  /** What lets a way back through a freeze, nothing where there is none; and that it is said now. */
  excuse?: () => Pick<ReleaseRecord, "override" | "released">;
  /** What was found is no place to come back to: a rollback leaves it. */
  final?: boolean | undefined;
}

/** How a walk ended when it did not fail. */
export interface RolloutResult {
  record: ReleaseRecord;
  /** `waiting`: a person must look at a canary, and go on with the same command. */
  state: "settled" | "waiting";
}

/**
 * Walks a release from stage to stage: each is written, brought about, and left only when it is complete. A stage that
 * fails is taken back, once. What was refused before anything was touched leaves the file as it was. Killed anywhere, the
 * same command goes on from what is written.
 */
export async function runRollout(args: RolloutPlan, driver: RolloutDriver): Promise<RolloutResult> {
  const { found, first, over = [], rollout } = args;
  // At a canary that waits for a person, the same command once more is that person's word; but only if it said that it waits: a run
  // that was killed, and is tried again by a pipeline, is nobody's.
  let approved = found?.next?.waiting === true && first.next?.step === found.next.step;
  let before = found;
  for (const record of over) {
    driver.save(record);
    await attempt(args, driver, { record, before });
    before = record;
  }
  for (let record = first; ;) {
    driver.save(record);
    const { changed } = await attempt(args, driver, { record, before });
    const stage = stageOf(record);
    if (record.next === undefined) return { record, state: "settled" };
    const pause = stage?.name === "weight" ? stage.pause : 0;
    if (pause !== "approval") await driver.pause(pause);
    else if (!approved || changed > 0) {
      const waiting = { ...record, next: { ...record.next, waiting: true } };
      driver.save(waiting);
      return { record: waiting, state: "waiting" };
    }
    approved = false;
    [before, record] = [record, excused(advance(record, rollout), args.onward?.(record))];
  }
}

/** What the walk has written, and what was written before. */
export interface Written {
  record: ReleaseRecord;
  before: ReleaseRecord | undefined;
}

async function attempt(
  args: RolloutPlan,
  driver: RolloutDriver,
  written: Written,
): Promise<{ changed: number }> {
  try {
    return await driver.update(titleOf(args.project, written.record));
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    switch (error.kind) {
      case "refused":
      case "locked":
        throw undone(args, driver, error);
      case "interrupted":
        throw new UserError(
          `${error.message}\n${args.project} was interrupted ${whereIn(written.record)}; the same command goes on from there, \`slipway rollback ${args.project} --stack ${args.stack}\` takes it back`,
        );
      case "failed":
        throw await takenBack(args, driver, written, error);
    }
  }
}

/** Nothing was touched, and the file is to say what runs; the error that tells it. */
function undone({ project }: RolloutPlan, driver: RolloutDriver, error: EngineError): UserError {
  try {
    driver.undo();
    return error;
  } catch (other) {
    if (!(other instanceof UserError)) throw other;
    return new UserError(
      `${error.message}\nwhat was written of ${project} is not taken back: ${other.message}`,
      error.exitCode,
    );
  }
}
