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

/** What a walk acts by: the stack's file, the engine, and time. */
export interface RolloutDriver {
  /** Writes the project's record, or takes it out. */
  save: (record: ReleaseRecord | undefined) => void;
  /** Puts back what the file said before the last `save`. */
  undo: () => void;
  /** Brings the stack in line with what is written, limited to the project; throws an `EngineError`. */
  update: (title: string) => Promise<{ changed: number }>;
  /** Lets a canary be for a while. */
  pause: (seconds: number) => Promise<void>;
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

/** One attempt to go back, and the error that tells how all of it went. */
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
  // Where the cluster is by now, or half of the way to it, as a record says it.
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
    // What takes no version's place has none to go back from: the file says what it is to come back to.
    const isRelease = record.removed !== true && !isSame(before, record);
    // Else it says where the release stands: the same command goes on, and a rollback takes back this one and no other.
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

/** Whether a record only says otherwise how the same version runs. */
const isSame = (before: ReleaseRecord | undefined, record: ReleaseRecord): boolean =>
  before !== undefined &&
  before.next === undefined &&
  record.next === undefined &&
  sameVersion(before, record);

/** A record that is no older than what the cluster was told last, or every other command would take its file for an old one. */
const sayingNow = (record: ReleaseRecord, released: ReleaseRecord["released"]): ReleaseRecord =>
  released === undefined
    ? record
    : { ...record, released, ...(record.next && { next: { ...record.next, released } }) };

/** Writes a record once more, where nobody has written another one meanwhile: then theirs holds. */
function saveAgain(driver: RolloutDriver, record: ReleaseRecord): void {
  try {
    driver.save(record);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
  }
}

/** Whether two runs have changed nothing, because the API server refused both the same. */
function refusedAlike(there: EngineError, back: EngineError): boolean {
  const refusals = ({ message }: EngineError): string[] =>
    [...message.matchAll(/(is forbidden:|failed calling webhook|admission webhook) .*/g)].map(
      ([text]) => text,
    );
  const [one, other] = [refusals(there), refusals(back)];
  return !there.changed && !back.changed && one.length > 0 && isDeepStrictEqual(one, other);
}

/** What to write, one after the other, to take a record back; `none` when nothing ever ran, `itself` when it ran itself. */
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

/** A record with what lets it through a freeze, for the version on its way as well; without one on its way it is said now. */
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

/** What to do with a project that is to run a version, and what its record says. */
export type Decision =
  | { kind: "begin" }
  /** A run was killed, or a person has looked at a canary. */
  | { kind: "resume"; step: string }
  /** It runs already; an update puts right what has drifted. */
  | { kind: "same" };

/** The two ways on where a release is under way. */
export const finishOrTakeBack = (
  { project, stack }: Pick<RolloutPlan, "project" | "stack">,
  digest: string,
): string =>
  `finish it with: slipway release ${project} --digest ${digest} --stack ${stack}; or take it back with: slipway rollback ${project} --stack ${stack}`;

/** Decides what a wish means to a project's record; throws when another release is under way. */
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

/** The first hex digits of a digest: enough to know it again. */
export const shortDigest = (digest: string): string => digest.replace(/^sha256:/, "").slice(0, 12);

const short = (record: ReleaseRecord | undefined): string =>
  record === undefined ? "what it ran before its first release" : shortDigest(record.digest);

function where({ digest, next }: ReleaseRecord): string {
  return next === undefined
    ? `when ${shortDigest(digest)} was to serve`
    : `at step \`${next.step}\` of the release of ${shortDigest(next.digest)}`;
}

/** What an update does, in a line: the title of its step and the message in the stack's history. */
export function titleOf(project: string, { digest, next, removed }: ReleaseRecord): string {
  if (removed === true) return `${project}: taken out of the stack`;
  return next === undefined
    ? `${project}: ${shortDigest(digest)} serves`
    : `${project}: ${shortDigest(next.digest)}, ${next.step}`;
}
