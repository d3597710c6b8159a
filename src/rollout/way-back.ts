import { isDeepStrictEqual } from "node:util";
import { UserError } from "../../components/shared/problem";
import { EngineError } from "../engine/error";
import type { ReleaseRecord } from "../records/record";
import { abort, pinned, retreat, sameVersion } from "../records/transitions";
import { excused } from "./excused";
import { shortVersion, whereIn } from "./titles";
import type { RolloutDriver, RolloutPlan, WrittenRecord } from "./types";

/** Tries once to go back; returns the error that reports how both directions ended. */
export async function takenBack(
  args: RolloutPlan,
  driver: RolloutDriver,
  written: WrittenRecord,
  cause: EngineError,
): Promise<UserError> {
  const { record, before } = written;
  const { project } = args;
  const failed = `${project} failed ${whereIn(record)}:\n${cause.message}`;
  const way = await wayBack(args, record, before);
  if (typeof way === "string") return new UserError(`${failed}\n${stays(args, way)}`);
  const back = shortVersion(way.at(-1));
  const progress: Progress = { stands: record, moved: false, released: undefined };
  try {
    await goBack(args, driver, way, progress);
    return new UserError(`${failed}\ntaken back: ${project} runs ${back} as before`);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const alike = error instanceof EngineError && !progress.moved && refusedAlike(cause, error);
    const stands = alike ? (before ?? record) : progress.stands;
    // A change that replaces no version cannot be rolled back: the file keeps the record to return to.
    const isRelease = record.removed !== true && !isSame(before, record);
    // For a release the file says how far it is: the same command resumes it, and a rollback takes back this release only.
    if (isRelease || alike) saveAgain(driver, sayingNow(stands, progress.released));
    const left = { stands, isRelease, back };
    const text = alike ? nothingChanged(args, left) : halfWay(args, left, error);
    return new UserError(`${failed}\n${text}`);
  }
}

/** Why nothing is taken back, and how to go on. */
function stays({ project, stack, final }: RolloutPlan, way: "none" | "itself"): string {
  if (way === "itself")
    return `${project} is to run this version as before, so nothing is taken back; the same command tries again`;
  return final === true
    ? `this was a rollback, so nothing is taken back: slipway status --stack ${stack} shows what runs; the same command tries again`
    : `there is no other version of ${project} here to go back to; it stays as it is`;
}

/** How far a way back has come. */
interface Progress {
  /** The record that describes the cluster now, or the one that was being applied last. */
  stands: ReleaseRecord;
  /** Whether an update has changed anything. */
  moved: boolean;
  /** The `released` note that was applied last. */
  released: ReleaseRecord["released"];
}

async function goBack(
  args: RolloutPlan,
  driver: RolloutDriver,
  way: readonly ReleaseRecord[],
  progress: Progress,
): Promise<void> {
  for (const record of way) {
    const excuse = args.excuse?.();
    driver.save(excused(record, excuse));
    progress.released = excuse?.released;
    if (record.next !== undefined) progress.stands = record;
    const { changed } = await driver.update(`${args.project}: back to ${shortVersion(way.at(-1))}`);
    if (changed > 0) progress.moved = true;
  }
}

/** The state after a failed way back. */
interface Left {
  stands: ReleaseRecord;
  /** Whether a rollback would take it back. */
  isRelease: boolean;
  /** The version that it was to go back to. */
  back: string;
}

function nothingChanged(args: RolloutPlan, left: Left): string {
  const { stands, back } = left;
  const neither = "nothing was changed, neither by it nor by taking it back";
  return stands.next === undefined
    ? `${neither}: ${args.project} runs ${back} as before. Once the API server allows it, the same command tries again`
    : `${neither}: ${args.project} stays as it was ${whereIn(stands)}, which is complete. Once the API server allows it, ${waysOn(args, left)}`;
}

const halfWay = (args: RolloutPlan, left: Left, error: UserError): string =>
  `taking it back was tried once and failed too:\n${error.message}\n${args.project} is left incomplete, ${whereIn(left.stands)}: slipway status --stack ${args.stack} shows what runs. Look at the pods; then ${waysOn(args, left)}`;

const waysOn = ({ project, stack }: RolloutPlan, { isRelease }: Left): string =>
  isRelease
    ? `the same command continues, or slipway rollback ${project} --stack ${stack} takes it back`
    : "the same command tries again";

/** Whether a record only changes how the same version runs. */
const isSame = (before: ReleaseRecord | undefined, record: ReleaseRecord): boolean =>
  before !== undefined &&
  before.next === undefined &&
  record.next === undefined &&
  sameVersion(before, record);

/** Gives a record the newest `released` note; with an older one, other commands would take the file for an old checkout. */
const sayingNow = (record: ReleaseRecord, released: ReleaseRecord["released"]): ReleaseRecord =>
  released === undefined
    ? record
    : { ...record, released, ...(record.next && { next: { ...record.next, released } }) };

/** Writes a record again, unless somebody else has written another one meanwhile: that one stays. */
function saveAgain(driver: RolloutDriver, record: ReleaseRecord): void {
  try {
    driver.save(record);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
  }
}

/** Whether the API server refused both runs for the same reason, and neither changed anything. */
function refusedAlike(there: EngineError, back: EngineError): boolean {
  const refusals = ({ message }: EngineError): string[] =>
    [...message.matchAll(/(is forbidden:|failed calling webhook|admission webhook) .*/g)].map(
      ([text]) => text,
    );
  const [one, other] = [refusals(there), refusals(back)];
  return !there.changed && !back.changed && one.length > 0 && isDeepStrictEqual(one, other);
}

/** The records to apply in order to take a record back; `none` when nothing ran before, `itself` when this version did. */
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
