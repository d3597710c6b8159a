import { isDeepStrictEqual } from "node:util";
import { UserError } from "../../components/shared/problem";
import type { ReleaseRecord } from "../records/record";
import {
  abort,
  advance,
  pinned,
  retreat,
  sameVersion,
  stageOf,
  type TargetVersion,
  type Rollout,
} from "../records/transitions";
import { EngineError } from "../engine/error";
import { notDone } from "../stack/refusal";

/** What a rollout uses: the stack's file, the engine and time. */
export interface RolloutDriver {
  /** Writes or removes the project's record. */
  save: (record: ReleaseRecord | undefined) => void;
  /** Restores the file's text from before the last `save`. */
  undo: () => void;
  /** Updates the stack to the record, limited to the project; throws an `EngineError`. */
  update: (title: string) => Promise<{ changed: number }>;
  /** Waits while a canary runs. */
  pause: (seconds: number) => Promise<void>;
}

/** A planned rollout. */
export interface RolloutPlan {
  project: string;
  stack: string;
  /** The file's current record; undefined if it has none of the project. */
  found: ReleaseRecord | undefined;
  /** The record to start with: the first stage, the stage of a killed run, or already the last. */
  first: ReleaseRecord;
  /** Records to apply first: they end another release. */
  over?: readonly ReleaseRecord[] | undefined;
  rollout: Rollout;
  /** The version settings in the project's file. */
  filed?: string | undefined;
  /**
   * What ran before, for taking back a release without stages whose run was killed; `itself` if that was applied once: a repair
   * of what runs has nothing to go back to.
   */
  earlier: () => Promise<ReleaseRecord | "itself" | undefined>;
  /** Override that allows each stage but the first despite a freeze that has begun since. */
  onward?: (record: ReleaseRecord) => Pick<ReleaseRecord, "override">;
  /** Override that allows a rollback during a freeze, with the time of the change; no override if there is no freeze. */
  excuse?: () => Pick<ReleaseRecord, "override" | "released">;
  /** The record found must not be restored: a rollback leaves it. */
  final?: boolean | undefined;
}

/** How a rollout ended if it did not fail. */
export interface RolloutResult {
  record: ReleaseRecord;
  /** `waiting`: a person must check a canary, and continue with the same command. */
  state: "settled" | "waiting";
}

/**
 * Runs a release from stage to stage: each is written, applied, and left only when it is complete. A failed stage is taken back,
 * once. A refusal before any change leaves the file as it was. If killed anywhere, the same command continues from what is
 * written.
 */
export async function runRollout(args: RolloutPlan, driver: RolloutDriver): Promise<RolloutResult> {
  const { found, first, over = [], rollout } = args;
  // If a canary waits for a person, running the same command again is the approval; but only if the record says that it waits: a
  // pipeline may retry a killed run, and that approves nothing.
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

/** The rollout's last record, and the one before it. */
interface Written {
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
          `${error.message}\n${args.project} was interrupted ${where(written.record)}; the same command goes on from there, \`slipway rollback ${args.project} --stack ${args.stack}\` takes it back`,
        );
      case "failed":
        throw await takenBack(args, driver, written, error);
    }
  }
}

/** Nothing was changed, so the file gets back the record of what runs; returns the error that reports it. */
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

/** One attempt to go back; returns the error that reports all of it. */
async function takenBack(
  args: RolloutPlan,
  driver: RolloutDriver,
  { record, before }: Written,
  cause: EngineError,
): Promise<UserError> {
  const { project, stack } = args;
  const failed = `${project} failed ${where(record)}:\n${cause.message}`;
  const way = await wayBack(args, record, before);
  if (way === "none" && args.final === true) {
    return new UserError(
      `${failed}\nthis was the way back, so nothing is taken back: slipway status --stack ${stack} tells what runs; the same command tries again`,
    );
  }
  if (way === "none") {
    return new UserError(
      `${failed}\nthere is no other version of ${project} here to go back to; it stays as it is`,
    );
  }
  if (way === "itself") {
    return new UserError(
      `${failed}\n${project} is to run this version as before, so nothing is taken back; the same command tries again`,
    );
  }
  const back = way.at(-1);
  // The current state of the cluster, or of a half-applied update, as a record.
  let stands = record;
  let [moved, said]: [boolean, ReleaseRecord["released"]] = [false, undefined];
  try {
    for (const each of way) {
      const excuse = args.excuse?.();
      driver.save(excused(each, excuse));
      said = excuse?.released;
      if (each.next !== undefined) stands = each;
      moved = (await driver.update(`${project}: back to ${short(back)}`)).changed > 0 || moved;
    }
    return new UserError(`${failed}\ntaken back: ${project} runs ${short(back)} as before`);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const alike = error instanceof EngineError && !moved && refusedAlike(cause, error);
    if (alike) stands = before ?? record;
    const rollback = `slipway rollback ${project} --stack ${stack}`;
    // A release that replaces no version has none to go back to: the file says what is restored.
    const isRelease = record.removed !== true && !isSame(before, record);
    // Otherwise it says where the release is: the same command continues it, and a rollback takes back this release only.
    if (isRelease || alike) saveAgain(driver, sayingNow(stands, said));
    const ways = isRelease
      ? `the same command goes on, or ${rollback} takes it back`
      : "the same command tries again";
    if (!alike) {
      return new UserError(
        `${failed}\ntaking it back was tried once and failed too:\n${error.message}\n${project} is left half way, ${where(stands)}: slipway status --stack ${stack} tells what runs. Look at the pods; then ${ways}`,
      );
    }
    const neither = `${failed}\nnothing of it could be changed, neither there nor back`;
    return new UserError(
      stands.next === undefined
        ? `${neither}: ${project} runs ${short(back)} as before. Once the API server allows it, the same command tries again`
        : `${neither}: ${project} stays as it was ${where(stands)}, which is complete. Once the API server allows it, ${ways}`,
    );
  }
}

/** Whether two records run the same version and differ only in how. */
const isSame = (before: ReleaseRecord | undefined, record: ReleaseRecord): boolean =>
  before !== undefined &&
  before.next === undefined &&
  record.next === undefined &&
  sameVersion(before, record);

/** A record no older than what the cluster was given last; otherwise every other command would report this file as outdated. */
const sayingNow = (record: ReleaseRecord, released: ReleaseRecord["released"]): ReleaseRecord =>
  released === undefined
    ? record
    : { ...record, released, ...(record.next && { next: { ...record.next, released } }) };

/** Writes a record again, unless somebody has written another one meanwhile. */
function saveAgain(driver: RolloutDriver, record: ReleaseRecord): void {
  try {
    driver.save(record);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
  }
}

/** Whether two runs have changed nothing because the API server refused both for the same reason. */
function refusedAlike(there: EngineError, back: EngineError): boolean {
  const refusals = ({ message }: EngineError): string[] =>
    [...message.matchAll(/(is forbidden:|failed calling webhook|admission webhook) .*/g)].map(
      ([text]) => text,
    );
  const [one, other] = [refusals(there), refusals(back)];
  return !there.changed && !back.changed && one.length > 0 && isDeepStrictEqual(one, other);
}

/** The records to write, in order, to take a record back; `none` if nothing has run yet, `itself` if it already ran. */
async function wayBack(
  { earlier, filed, final = false }: RolloutPlan,
  record: ReleaseRecord,
  before: ReleaseRecord | undefined,
): Promise<ReleaseRecord[] | "none" | "itself"> {
  if (record.next !== undefined) return [...retreat(record), abort(record, filed)];
  if (final) return "none";
  if (before?.next !== undefined) return [...retreat(before), abort(before, filed)];
  if (before !== undefined && !isDeepStrictEqual(before, record))
    return [pinned(before, record.settings)];
  const served = await earlier();
  if (served === "itself") return served;
  return served === undefined ? "none" : [pinned(served, record.settings)];
}

/** A record with an override for a freeze, also for the version being rolled out; without one, with the current time. */
export const excused = (
  record: ReleaseRecord,
  excuse: Pick<ReleaseRecord, "override" | "released"> = {},
): ReleaseRecord => {
  const { next } = record;
  if (next === undefined) return { ...record, ...excuse };
  const { override } = excuse;
  const through = override === undefined ? {} : { override };
  return { ...record, ...through, next: { ...next, ...through } };
};

/** What to do with a project to run a version, and its record. */
export type Decision =
  | { kind: "begin" }
  /** A run was killed, or a person has checked a canary. */
  | { kind: "resume"; step: string }
  /** It runs already; an update corrects drift. */
  | { kind: "same" };

/** The two ways to end a release that is under way. */
export const finishOrTakeBack = (
  { project, stack }: Pick<RolloutPlan, "project" | "stack">,
  digest: string,
): string =>
  `finish it with: slipway release ${project} --digest ${digest} --stack ${stack}; or take it back with: slipway rollback ${project} --stack ${stack}`;

/** Decides what a version request means for a project's record; throws if another release is under way. */
export function decide(
  { project, stack }: Pick<RolloutPlan, "project" | "stack">,
  record: ReleaseRecord | undefined,
  target: TargetVersion,
): Decision {
  const { next } = record ?? {};
  if (record === undefined || record.removed === true) return { kind: "begin" };
  if (next === undefined) return { kind: sameVersion(record, target) ? "same" : "begin" };
  if (sameVersion(next, target)) return { kind: "resume", step: next.step };
  throw notDone(project, "released", [
    {
      path: `slipway:releases.${project}.next`,
      given: target.digest,
      allowed: `${next.digest}, whose release is under way (${next.step})`,
      fix: finishOrTakeBack({ project, stack }, next.digest),
    },
  ]);
}

/** The first hex digits of a digest: enough to recognise it. */
export const shortDigest = (digest: string): string => digest.replace(/^sha256:/, "").slice(0, 12);

const short = (record: ReleaseRecord | undefined): string =>
  record === undefined ? "what it ran before its first release" : shortDigest(record.digest);

function where({ digest, next }: ReleaseRecord): string {
  return next === undefined
    ? `when ${shortDigest(digest)} was to serve`
    : `at step \`${next.step}\` of the release of ${shortDigest(next.digest)}`;
}

/** What an update does, in one line: the title of its step and the message in the stack's history. */
export function titleOf(project: string, { digest, next, removed }: ReleaseRecord): string {
  if (removed === true) return `${project}: taken out of the stack`;
  return next === undefined
    ? `${project}: ${shortDigest(digest)} serves`
    : `${project}: ${shortDigest(next.digest)}, ${next.step}`;
}
