import type { Problem } from "../../components/shared/problem";
import { isAbout, type ReleaseRecord, type Version } from "../records/record";
import { nameOf, type ResourceChange } from "../engine/events";
import { wayBackOverride } from "../gates/release";
import {
  broughtAbout,
  findServed,
  History,
  recordOf,
  type HistoryEntry,
  type Served,
} from "../records/history";
import { readProject, type ReleasedProject } from "./project";
import {
  abort,
  begin,
  pinned,
  retreat,
  saidNow,
  sameVersion,
  versionOf,
  withRejection,
  type TargetVersion,
  type Rollout,
} from "../records/transitions";
import type { ReleasePlan } from "./plan";
import { asItStands } from "../status/version";
import { now, type Session } from "../engine/session";
import { excused } from "./excused";
import { shortDigest } from "./titles";
import { goneFromRegistry } from "./version-request";
import { notDone } from "../stack/refusal";

/** What a rollback is asked for. */
export interface RollbackArgs {
  project: string;
  /** How many versions back, or the beginning of a digest, or a tag; one version back when left out. */
  to?: string | undefined;
  /** Why the version must not run again; who says so. */
  why: string;
  who: string;
}

/**
 * Decides what going back means: a release under way is taken back; else the version before the one that serves is released
 * again, with the configuration that it had; the number of pods is the project's, and stays. What is left behind is rejected. A way back that was
 * killed goes on with the same command. Nothing of it is previewed: the engine is limited to the project, so that nothing
 * else can change, and whoever has to go back should not wait for the same program twice.
 */
export async function planRollback(session: Session, args: RollbackArgs): Promise<ReleasePlan> {
  const { project, to } = args;
  const known = readProject(session.checkout, session.file, project);
  const record = await asItStands(session, known, known.record);
  if (record === undefined || record.removed === true) {
    const fix = `slipway history ${project} --stack ${session.stack} shows what was there; slipway release ${project} --digest … --stack ${session.stack} runs it`;
    throw notDone(project, "rolled back", [
      { path: project, allowed: "a project with a record in this stack", fix },
    ]);
  }
  const history = new History(session.engine);
  const entries = await history.page();
  const [[latest], seen] = [entries, broughtAbout(entries, project)];
  // Going back cannot wait for the end of a freeze.
  const freeze = { now: new Date(), by: args.who, why: `rolled back: ${args.why}` };
  const through = wayBackOverride(known.config.freeze, freeze);
  const under = await goesOn(history, known, record, { seen, to });
  if (under !== undefined) return { ...under, first: excused(under.first, through) };
  const excuse = { ...through, ...saidNow(args.who, record) };
  const over = wayOut(record, seen).map((each) => excused(each, excuse));
  if (record.next !== undefined && to === undefined) {
    const first = { ...rejecting(abort(record, known.settings), record.next, args), ...excuse };
    const summary = `${project}: ${shortDigest(record.next.digest)} is taken back at \`${record.next.step}\`, to ${shortDigest(record.digest)}`;
    const plan = { known, rollout: known.rollout, found: record, first, over, summary };
    return { ...plan, final: true, target: versionOf(record), decision: { kind: "begin" } };
  }
  const from = abort(record, known.settings);
  // Where a third version is on its way it goes first: its pods may be those that serve.
  if (record.next !== undefined) over.push({ ...rejecting(from, record.next, args), ...excuse });
  const served = await earlier(session, known, from, to);
  const way = wayBack(known, from, latest);
  const past = served.record;
  const gone = await goneFromRegistry(session, known, past.digest);
  if (gone !== undefined) console.error(`warning: ${gone}`);
  const { promoted, approved, override } = past;
  const warrant = { promoted, approved, override, ...excuse };
  const target: TargetVersion = { ...pinned(versionOf(past), known.settings), ...warrant };
  const left = record.next ?? from;
  const base = rejecting(from, left, args, past);
  // Replaced where it stands, the project goes on standing as it does.
  const { strategy = known.rollout.strategy } = base;
  const first =
    way === undefined ? { ...begin(base, target, inPlace), strategy } : begin(base, target, way);
  const tag = past.tag === undefined ? "" : ` (${past.tag})`;
  const summary = `${project}: back from ${shortDigest(from.digest)} to ${shortDigest(past.digest)}${tag}, which last served ${served.at}`;
  const plan = { known, target, rollout: way ?? inPlace, found: record, first, over, summary };
  return { ...plan, final: way === undefined, decision: { kind: "begin" } };
}

/**
 * A way back that was killed: by stages, when what still serves is rejected and what comes has served before; at its end, when
 * the last update that ended well still knew what the record has rejected last. Undefined when there is none, or another is asked for.
 */
async function goesOn(
  history: History,
  known: ReleasedProject,
  record: ReleaseRecord,
  { seen, to }: { seen: ReleaseRecord | undefined; to: string | undefined },
): Promise<ReleasePlan | undefined> {
  const { project, rollout } = known;
  const { next, rejected = [] } = record;
  const plan = { known, rollout, found: record, first: record };
  if (to !== undefined && !isMeant(next ?? record, to)) return undefined;
  if (next !== undefined) {
    if (!rejected.some((one) => isAbout(one, record))) return undefined;
    const asNext = (past: ReleaseRecord): boolean => sameVersion(past, next);
    const { found } = await findServed(
      history,
      project,
      ([one]) => one,
      (past) => !asNext(past),
    );
    if (found === undefined) return undefined;
    const summary = `${project}: the rollback to ${shortDigest(next.digest)} continues at \`${next.step}\``;
    const decision = { kind: "resume", step: next.step } as const;
    return { ...plan, summary, decision, target: versionOf(next) };
  }
  const left = rejected.at(-1);
  const done = seen !== undefined && seen.next === undefined && sameVersion(seen, record);
  const ran = [seen, seen?.next].flatMap((one) => one ?? []);
  if (left === undefined || done || !ran.some((one) => isAbout(left, one))) return undefined;
  const summary = `${project}: the rollback from ${shortDigest(left.digest)} to ${shortDigest(record.digest)} continues`;
  return { ...plan, summary, final: true, decision: { kind: "same" }, target: versionOf(record) };
}

/**
 * The records to go back over before a release is dropped: from the step that is written, or from the one that was last
 * brought about when that is further on, for then it is a way back that was killed and the traffic may still be there.
 */
function wayOut(record: ReleaseRecord, seen: ReleaseRecord | undefined): ReleaseRecord[] {
  const { next } = record;
  const written = retreat(record);
  if (next === undefined || seen?.next?.digest !== next.digest) return written;
  const further = retreat({ ...record, next: { ...next, step: seen.next.step } });
  return further.length > written.length ? further : written;
}

/** One update, without stages. */
const inPlace: Rollout = { strategy: { kind: "rolling" }, checked: false, prepull: false };

/** The record with what is left rejected; where its image serves on with another configuration, with its own configuration alone. */
function rejecting(
  record: ReleaseRecord,
  left: Version,
  args: RollbackArgs,
  serves = record,
): ReleaseRecord {
  const { digest } = left;
  const config = digest === serves.digest ? { configHash: left.configHash } : {};
  return withRejection(record, { digest, ...config, why: args.why, by: args.who, at: now() });
}

/** The version to go back to; throws, naming those there are. */
async function earlier(
  { engine, stack }: Session,
  { project }: ReleasedProject,
  record: ReleaseRecord,
  to?: string,
): Promise<Served> {
  const refuse = (path: string, problem: Omit<Problem, "file" | "path" | "given">): never => {
    throw notDone(project, "rolled back", [{ path, given: to, ...problem }]);
  };
  const verdictOn = (version: Version) => record.rejected?.find((one) => isAbout(one, version));
  const usable = (all: readonly Served[]): Served[] =>
    all.filter(({ record: past }) => verdictOn(past) === undefined);
  const wanted = to ?? "1";
  const counted = (all: readonly Served[]): Served | undefined =>
    /^\d{1,3}$/.test(wanted) ? usable(all)[Number(wanted) - 1] : undefined;
  const named = (all: readonly Served[]): Served | undefined =>
    all.find(({ record: past }) => isMeant(past, wanted));
  const { found, candidates } = await findServed(
    new History(engine),
    project,
    (all) => counted(all) ?? named(all),
    (past) => sameVersion(past, record),
  );
  if (found === undefined) {
    return refuse(project, {
      allowed: listed(usable(candidates)) || "an earlier version; the history has none",
      fix: `slipway history ${project} --stack ${stack} shows them`,
    });
  }
  const { digest } = found.record;
  const other = to === undefined ? undefined : named(candidates)?.record;
  if (other !== undefined && other.digest !== digest) {
    return refuse("--to", {
      allowed: `one version: ${wanted} back is ${shortDigest(digest)}, and the tag ${wanted} is of ${shortDigest(other.digest)}`,
      fix: "name it by the beginning of its digest",
    });
  }
  const verdict = verdictOn(found.record);
  if (verdict !== undefined) {
    return refuse(project, {
      allowed: `a version that is not rejected; this one is: ${verdict.why} (${verdict.by})`,
      fix: `slipway lift ${project} ${digest} --why … --stack ${stack} allows it again`,
    });
  }
  return found;
}

/** Versions, numbered as `--to` counts them. */
const listed = (versions: readonly Served[]): string =>
  versions
    .map(({ record: { digest, tag } }, index) => {
      const tagged = tag === undefined ? "" : ` (${tag})`;
      return `${index + 1}: ${shortDigest(digest)}${tagged}`;
    })
    .join(", ");

const isMeant = ({ digest, tag }: ReleaseRecord, to: string): boolean =>
  tag === to ||
  (to.length >= 7 && digest.replace("sha256:", "").startsWith(to.replace("sha256:", "")));

/**
 * How to go back: a version that serves is followed as the project's strategy says, a canary's weights left out, for what
 * served once needs no trying. One whose update did not succeed is replaced where it stands, which undefined means: an
 * update that puts another version beside it would wait for it to be ready.
 */
function wayBack(
  { project, rollout }: ReleasedProject,
  record: ReleaseRecord,
  latest: HistoryEntry | undefined,
): Rollout | undefined {
  const whole =
    latest?.result === "succeeded" && recordOf(latest, project)?.digest === record.digest;
  if (!whole || rollout.strategy.kind === "recreate") return undefined;
  return rollout.strategy.kind === "canary"
    ? { ...rollout, strategy: { kind: "blueGreen", form: "switch" } }
    : rollout;
}

/** Whether a resource is a project's own. */
export const isOf = (name: string, { urn }: Pick<ResourceChange, "urn">): boolean =>
  nameOf(urn) === name || nameOf(urn).startsWith(`${name}--`);
