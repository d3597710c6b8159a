import { UserError } from "../../components/shared/problem";
import { advance, stageOf } from "../records/transitions";
import { EngineError } from "../engine/error";
import { excused } from "./excused";
import { titleOf, whereIn } from "./titles";
import { takenBack } from "./way-back";
import type { RolloutDriver, RolloutPlan, RolloutResult, WrittenRecord } from "./types";

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

async function attempt(
  args: RolloutPlan,
  driver: RolloutDriver,
  written: WrittenRecord,
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
          `${error.message}\n${args.project} was interrupted ${whereIn(written.record)}; the same command continues from there, \`slipway rollback ${args.project} --stack ${args.stack}\` takes it back`,
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
