import { UserError } from "../../components/shared/problem";
import type { ReleaseRecord } from "../records/record";
import { advance, stageOf, type Rollout } from "../records/transitions";
import { EngineError } from "../engine/error";
import { excused } from "./excused";
import { titleOf, whereIn } from "./titles";
import { takenBack } from "./way-back";

/** What a rollout acts by: the stack's file, the engine, and time. */
export interface RolloutDriver {
  /** Writes the project's record, or removes it. */
  save(record: ReleaseRecord | undefined): void;
  /** Restores the file as it was before the last `save`. */
  undo(): void;
  /** Updates the stack, limited to the project; throws an `EngineError`. */
  update(title: string): Promise<{ changed: number }>;
  /** Leaves a canary as it is for a while. */
  pause(seconds: number): Promise<void>;
}

/** A release to roll out. */
export interface RolloutPlan {
  project: string;
  stack: string;
  /** The project's record in the stack's file now, if there is one. */
  found: ReleaseRecord | undefined;
  /** The record to start with: the first stage, the stage that a killed run was at, or already the last. */
  first: ReleaseRecord;
  /** Records to apply before it: the way out of another release. */
  over?: readonly ReleaseRecord[] | undefined;
  rollout: Rollout;
  /** The settings in the project's file now that are kept with a version. */
  filed?: string | undefined;
  /**
   * The record that ran before, for the way back from a release without stages whose run was killed; `itself` where this version
   * ran before: a repair of what runs has nothing to go back to.
   */
  earlier: () => Promise<ReleaseRecord | "itself" | undefined>;
  /** The override that allows a later stage during a freeze that has begun since. */
  onward?: (record: ReleaseRecord) => Pick<ReleaseRecord, "override">;
  /** The override that allows a way back during a freeze, if there is one, and the `released` note of now. */
  excuse?: () => Pick<ReleaseRecord, "override" | "released">;
  /** Never go back to `found`: a rollback leaves it on purpose. */
  final?: boolean | undefined;
}

/** How a rollout ended that did not fail. */
export interface RolloutResult {
  record: ReleaseRecord;
  /** `waiting`: a person must look at a canary, and go on with the same command. */
  state: "settled" | "waiting";
}

/**
 * Rolls out a release stage by stage: each stage is written to the file, applied, and left only when it is complete. A stage
 * that fails is taken back, once. An update that is refused before it touches anything leaves the file as it was. After a kill
 * at any point the same command resumes from the file.
 */
export async function runRollout(args: RolloutPlan, driver: RolloutDriver): Promise<RolloutResult> {
  const { found, first, over = [], rollout } = args;
  // Running the command again approves a canary only if the run before reported that it waits: a pipeline that retries a killed
  // run approves nothing.
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

/** The record that was written last, and the one before it. */
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

/** Nothing was changed, so the file is restored; returns the error to report. */
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
