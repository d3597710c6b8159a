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
 * A release as edits of a record: begun, moved on, settled or taken back. Everything here is pure; `runRollout` writes the
 * records and runs an update for each.
 */

/** The version to run, with what allows it into a stack that does not accept any. */
export type TargetVersion = Version & Warrant;

/** The project settings that decide how it is released; `status` is the record's. */
export type Rollout = Omit<RolloutArgs, "standing">;

const firstSlot: Slot = "a";

/** The first record of a release; already settled if its strategy has no stages. */
export function begin(
  record: ReleaseRecord | undefined,
  target: TargetVersion,
  rollout: Rollout,
): ReleaseRecord {
  const { strategy } = rollout;
  // A project that does not run yet has no old version to run beside; the same image with another configuration needs no stages
  // either.
  const alone = record === undefined || record.removed === true || record.digest === target.digest;
  const [first] = alone ? [] : stagesFor(record, rollout);
  if (record === undefined || first === undefined) return settledAs(record, target, strategy);
  const { slot = firstSlot } = record;
  return { ...record, slot, next: { ...target, strategy, step: stepOf(first) } };
}

/** The record after its current stage: the next stage, or settled after the last. */
export function advance(record: ReleaseRecord, rollout: Rollout): ReleaseRecord {
  const { next } = record;
  if (next === undefined) return record;
  const steps = stagesFor(record, { ...rollout, strategy: next.strategy }).map(stepOf);
  // A canary may name a weight twice. If a check was removed from the settings its step is missing: the release continues at the
  // first.
  const step = steps[steps.lastIndexOf(next.step) + 1];
  return step === undefined ? settle(record) : atStep(record, next, step);
}

/** The record at another step of its release, not waiting for approval. */
function atStep(record: ReleaseRecord, next: NextVersion, step: string): ReleaseRecord {
  const going = { ...next, step };
  delete going.waiting;
  return { ...record, next: going };
}

/** The record of the new version alone. It keeps what it was released with; verifications of the old version are dropped. */
export function settle(record: ReleaseRecord): ReleaseRecord {
  if (record.next === undefined) return record;
  const { strategy, promoted, approved, override, released } = record.next;
  const target = { ...versionOf(record.next), promoted, approved, override, released };
  return settledAs(record, target, strategy);
}

/**
 * The record without the version being rolled out. The serving version keeps its settings, even if its project's file (`filed`)
 * has changed.
 */
export function abort(record: ReleaseRecord, filed = record.next?.settings): ReleaseRecord {
  const { next, ...left } = record;
  return next === undefined ? left : pinned(pinned(left, next.settings), filed);
}

/** The target of a rollback: it keeps its settings if they differ from those of the version it replaces. */
export const pinned = <T extends Version>(version: T, left: string | undefined): T =>
  version.settings === undefined || sameSettings(version.settings, left)
    ? version
    : { ...version, pinned: true };

/** Whether two texts of settings are equal except for the host name of probes, which always stays a version's own. */
const sameSettings = (one: string, other: string | undefined): boolean =>
  one === other || (other !== undefined && differing(one, other).every((key) => key === askedName));

/** The current time and author: never before the last time in the record, even if the clocks of two machines differ. */
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

/** A version that uses the settings of its files again. */
export function unpinned<T extends Version>(version: T): T {
  const free = { ...version };
  delete free.pinned;
  return free;
}

/** The records to apply before the version being rolled out is dropped, so that no needed pod is removed; often none. */
export function retreat(record: ReleaseRecord): ReleaseRecord[] {
  const [{ next }, stage] = [record, stageOf(record)];
  if (next === undefined || stage === undefined) return [];
  const back = stagesBack(next.strategy, stage);
  return back.map((each) => atStep(record, next, stepOf(each)));
}

/** The stage that a release is at; undefined in steady state. */
export const stageOf = ({ next }: ReleaseRecord): Stage | undefined =>
  next === undefined ? undefined : stageAt(next.strategy, next.step);

/** The stages that a release from this record has. */
export function stagesFor(record: ReleaseRecord | undefined, rollout: Rollout): Stage[] {
  return stagesOf({ ...rollout, current: record?.strategy });
}

/** Adds a version to the rejected ones; an earlier entry stays unchanged. */
export function withRejection(record: ReleaseRecord, rejection: Rejection): ReleaseRecord {
  const { rejected = [] } = record;
  if (rejected.some((one) => isAbout(one, rejection))) return record;
  return { ...record, rejected: [...rejected, rejection] };
}

/** What others have written about a project since a rollout began: it may be rejected, lifted and verified at any time. */
export interface Meanwhile {
  rejected: readonly Rejection[];
  lifted: readonly Rejection[];
  /** Rejections that have been lifted. */
  gone: readonly Rejection[];
  /** Verifications by digest: a version that is restored gets its own back. */
  verified: ReadonlyMap<string, ReleaseRecord["verified"]>;
}

export const nothingSaid: Meanwhile = { rejected: [], lifted: [], gone: [], verified: new Map() };

/** Reads changes by others from the file, given what a rollout wrote last; undefined if they have changed more than verdicts. */
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

/** A rollout's record, merged with what others have written. */
export function beside(
  record: ReleaseRecord,
  { rejected, lifted, gone, verified }: Meanwhile,
): ReleaseRecord {
  // The rollout's own rejection is last: a killed rollback is recognised by it.
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

/** The part of a record that only a rollout may change, as in the file. */
function walked(record: ReleaseRecord | undefined): object | undefined {
  if (record === undefined) return undefined;
  const rest = { ...record };
  delete rest.rejected;
  delete rest.lifted;
  delete rest.verified;
  return writeRecord(rest);
}

/** Whether two versions run the same thing: the same image, with the same configuration if both record theirs. */
export function sameVersion(a: Version, b: Version): boolean {
  const config = a.configHash === undefined || b.configHash === undefined;
  return a.digest === b.digest && (config || a.configHash === b.configHash);
}

/** The fields of a record, or of a version being rolled out, that make up the version. */
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

/** Settings of a version that is replaced in place: no other record keeps them. */
const beforeOf = (
  { digest, settings }: ReleaseRecord,
  target: Version,
): Pick<ReleaseRecord, "before"> =>
  settings === undefined || digest === target.digest ? {} : { before: { digest, settings } };

/** Without undefined keys. */
export function defined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined)) as T;
}
