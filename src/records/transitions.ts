import { isDeepStrictEqual } from "node:util";
import {
  settledSlot,
  stagesBack,
  stagesOf,
  type RolloutArgs,
  type Slot,
  type Stage,
  type Strategy,
} from "../../components/app/rollout";
import {
  isAbout,
  type NextVersion,
  type Rejection,
  type ReleaseRecord,
  type Version,
  type Warrant,
} from "./record";
import { stageAt, stepOf } from "../projects/strategy";
import { askedName, differing } from "./version-settings";
import { writeRecord } from "./written";

/**
 * A release as edits of a record: begun, moved on, settled or taken back. Everything here is pure; `walk` writes the
 * records and runs an update for each.
 */

/** What is to run, with what lets it into a stack that does not take any. */
export type TargetVersion = Version & Warrant;

/** What of a project's settings decides over its release; `standing` is the record's. */
export type Rollout = Omit<RolloutArgs, "standing">;

const firstSlot: Slot = "a";

/** The record that a release starts with; settled already where its strategy has no stages. */
export function begin(
  record: ReleaseRecord | undefined,
  target: TargetVersion,
  rollout: Rollout,
): ReleaseRecord {
  const { strategy } = rollout;
  // What does not run yet has nothing to stand beside; nor has the same image, which only gets another configuration.
  const alone = record === undefined || record.removed === true || record.digest === target.digest;
  const [first] = alone ? [] : stagesFor(record, rollout);
  if (record === undefined || first === undefined) return settledAs(record, target, strategy);
  const { slot = firstSlot } = record;
  return { ...record, slot, next: { ...target, strategy, step: stepOf(first) } };
}

/** The record after the stage it is at: the next stage, or settled after the last. */
export function advance(record: ReleaseRecord, rollout: Rollout): ReleaseRecord {
  const { next } = record;
  if (next === undefined) return record;
  const steps = stagesFor(record, { ...rollout, strategy: next.strategy }).map(stepOf);
  // A canary may name a weight twice; and a check that was taken out of the settings has no step: then it is the first.
  const step = steps[steps.lastIndexOf(next.step) + 1];
  return step === undefined ? settle(record) : atStep(record, next, step);
}

/** The record at another step of its release, where nobody waits yet. */
function atStep(record: ReleaseRecord, next: NextVersion, step: string): ReleaseRecord {
  const going = { ...next, step };
  delete going.waiting;
  return { ...record, next: going };
}

/** The record of the new version alone. What it was released with goes with it; what was said of the old one does not. */
export function settle(record: ReleaseRecord): ReleaseRecord {
  if (record.next === undefined) return record;
  const { strategy, promoted, approved, override, released } = record.next;
  const target = { ...versionOf(record.next), promoted, approved, override, released };
  return settledAs(record, target, strategy);
}

/**
 * The record without the version that was on its way; what serves keeps what it runs with, also where its project's file says
 * something else by now: `filed`.
 */
export function abort(record: ReleaseRecord, filed = record.next?.settings): ReleaseRecord {
  const { next, ...left } = record;
  return next === undefined ? left : pinned(pinned(left, next.settings), filed);
}

/** A version that is gone back to: it keeps its settings where those are others than the ones that are left behind. */
export const pinned = <T extends Version>(version: T, left: string | undefined): T =>
  version.settings === undefined || sameSettings(version.settings, left)
    ? version
    : { ...version, pinned: true };

/** Whether two texts of settings are one but for the name by which a version is asked: that stays its own in any case. */
const sameSettings = (one: string, other: string | undefined): boolean =>
  one === other || (other !== undefined && differing(one, other).every((key) => key === askedName));

/** What is said now, and by whom: never before what was said last, however the clocks of two machines go. */
export function saidNow(
  by: string,
  after: Pick<ReleaseRecord, "released" | "next"> | undefined,
  now = new Date(),
): Required<Pick<ReleaseRecord, "released">> {
  const past = [after?.released, after?.next?.released].flatMap((one) => one ?? []);
  const latest = past.map(({ at }) => Date.parse(at) + 1000);
  const at = new Date(Math.max(now.getTime(), ...latest));
  return { released: { by, at: `${at.toISOString().slice(0, 19)}Z` } };
}

/** A version whose settings are its files' again. */
export function unpinned<T extends Version>(version: T): T {
  const free = { ...version };
  delete free.pinned;
  return free;
}

/** The records to go back over before the version on its way is dropped, so that no pod goes that is needed; often none. */
export function retreat(record: ReleaseRecord): ReleaseRecord[] {
  const [{ next }, stage] = [record, stageOf(record)];
  if (next === undefined || stage === undefined) return [];
  const back = stagesBack(next.strategy, stage);
  return back.map((each) => atStep(record, next, stepOf(each)));
}

/** The stage that a release is at; undefined in peace. */
export const stageOf = ({ next }: ReleaseRecord): Stage | undefined =>
  next === undefined ? undefined : stageAt(next.strategy, next.step);

/** Stages that a release from this record has. */
export function stagesFor(record: ReleaseRecord | undefined, rollout: Rollout): Stage[] {
  return stagesOf({ ...rollout, current: record?.strategy });
}

/** Adds a version to those that must not run again; one that is there already stays as it was said first. */
export function withRejection(record: ReleaseRecord, rejection: Rejection): ReleaseRecord {
  const { rejected = [] } = record;
  if (rejected.some((one) => isAbout(one, rejection))) return record;
  return { ...record, rejected: [...rejected, rejection] };
}

/** What others have said of a project since a walk began: rejected, lifted and verified it may be at any time. */
export interface Meanwhile {
  rejected: readonly Rejection[];
  lifted: readonly Rejection[];
  /** Rejections that hold no longer. */
  gone: readonly Rejection[];
  /** Proofs by digest: a version that is taken back to has its own again. */
  verified: ReadonlyMap<string, ReleaseRecord["verified"]>;
}

export const nothingSaid: Meanwhile = { rejected: [], lifted: [], gone: [], verified: new Map() };

/** Hears what the file says by now, where a walk knows what it said last; undefined where they have changed more than that. */
export function hear(
  said: Meanwhile,
  mine: ReleaseRecord | undefined,
  theirs: ReleaseRecord | undefined,
): Meanwhile | undefined {
  if (!isDeepStrictEqual(walked(mine), walked(theirs))) return undefined;
  if (mine === undefined || theirs === undefined) return said;
  return {
    rejected: [...said.rejected, ...without(theirs.rejected, mine.rejected)],
    lifted: [...said.lifted, ...without(theirs.lifted, mine.lifted)],
    gone: [...said.gone, ...without(mine.rejected, theirs.rejected)],
    verified: new Map([...said.verified, [theirs.digest, theirs.verified]]),
  };
}

/** What a walk writes, with what others have said. */
export function beside(
  record: ReleaseRecord,
  { rejected, lifted, gone, verified }: Meanwhile,
): ReleaseRecord {
  // Last is what the walk itself has rejected last: a way back that was killed is known by it.
  const kept = [...without(rejected, record.rejected), ...without(record.rejected, gone)];
  const again = [...(record.lifted ?? []), ...without(lifted, record.lifted)];
  return defined({
    ...record,
    rejected: kept.length === 0 && record.rejected === undefined ? undefined : kept,
    lifted: again.length === 0 ? undefined : again,
    verified: verified.has(record.digest) ? verified.get(record.digest) : record.verified,
  });
}

/** Those of one list that are not in another. */
const without = (all: readonly Rejection[] = [], others: readonly Rejection[] = []): Rejection[] =>
  all.filter((one) => !others.some((other) => isDeepStrictEqual(one, other)));

/** What of a record a walk alone may change, as the file says it. */
function walked(record: ReleaseRecord | undefined): object | undefined {
  if (record === undefined) return undefined;
  const rest = { ...record };
  delete rest.rejected;
  delete rest.lifted;
  delete rest.verified;
  return writeRecord(rest);
}

/** Whether two versions run the same thing: the same image, with the same configuration where both tell theirs. */
export function sameVersion(a: Version, b: Version): boolean {
  const config = a.configHash === undefined || b.configHash === undefined;
  return a.digest === b.digest && (config || a.configHash === b.configHash);
}

/** What of a record or of a version on its way is the version. */
export function versionOf(from: ReleaseRecord | NextVersion): Version {
  const { digest, tag, commit, author, branch, config, configHash, settings, pinned } = from;
  return defined({
    digest,
    tag,
    commit,
    author,
    branch,
    config,
    configHash,
    settings,
    pinned,
  });
}

function settledAs(
  record: ReleaseRecord | undefined,
  target: TargetVersion,
  strategy: Strategy,
): ReleaseRecord {
  const slot =
    record?.next === undefined
      ? (record?.slot ?? firstSlot)
      : settledSlot(record.slot ?? firstSlot, strategy);
  const { replicas, rejected, lifted } = record ?? {};
  const before = record?.next === undefined && record !== undefined ? beforeOf(record, target) : {};
  return defined({ ...target, slot, strategy, replicas, rejected, lifted, ...before });
}

/** What the version that is replaced where it stands ran with: no later record but this one knows. */
const beforeOf = (
  { digest, settings }: ReleaseRecord,
  target: Version,
): Pick<ReleaseRecord, "before"> =>
  settings === undefined || digest === target.digest ? {} : { before: { digest, settings } };

/** Without the keys that say nothing. */
export function defined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined)) as T;
}
