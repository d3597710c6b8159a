import type { ReleaseRecord } from "../records/record";
import { archiveAfter } from "../archive/stack";
import { underWayOverride, wayBackOverride } from "../gates/release";
import { broughtAbout, findServed, History } from "../records/history";
import type { ReleasePlan } from "./plan";
import { sameVersion, saidNow } from "../records/transitions";
import type { Session } from "../engine/session";
import { mustRun } from "../status/version";
import { StackDriver, type RolloutProgress } from "./driver";
import { runRollout } from "./run";
import type { RolloutResult } from "./types";

/** Rolls out a planned release. */
export async function carryOut(
  session: Session,
  { known, rollout, found, first, over, final, decision, whole = false }: ReleasePlan,
  { show, who }: { show: RolloutProgress; who: string },
): Promise<RolloutResult> {
  const { project } = known;
  const excuse = (): Pick<ReleaseRecord, "override" | "released"> => ({
    ...wayBackOverride(known.config.freeze, { now: new Date(), by: who }),
    ...saidNow(who, first),
  });
  const onward = ({ next }: ReleaseRecord): Pick<ReleaseRecord, "override"> =>
    underWayOverride(known.config.freeze, { now: new Date(), by: who, has: next?.override });
  const limits = whole ? undefined : known;
  // Releasing what runs already repairs drift: only then does the engine refresh first.
  const refresh = decision.kind === "same";
  const driver = new StackDriver(session, project, {
    known: known.record,
    limits,
    show,
    who,
    refresh,
  });
  const arrival = await runRollout(
    {
      project,
      stack: session.stack,
      filed: known.settings,
      found,
      first,
      over,
      rollout,
      earlier: () => servedBefore(session, project, first),
      final,
      onward,
      excuse,
    },
    driver,
  );
  if (arrival.state === "settled") {
    await mustRun(session, known, arrival.record);
    const complaint = await archiveAfter(session, project, who);
    if (complaint !== undefined) console.error(complaint);
  }
  return arrival;
}

/** The record that served before a release; `itself` where the release was applied last. */
async function servedBefore(
  { engine }: Session,
  project: string,
  first: ReleaseRecord,
): Promise<ReleaseRecord | "itself" | undefined> {
  const history = new History(engine);
  const last = broughtAbout(await history.page(), project);
  if (last?.next === undefined && last !== undefined && sameVersion(last, first)) return "itself";
  const { found: served } = await findServed(
    history,
    project,
    ([latest]) => latest,
    (record) => sameVersion(record, first),
  );
  // It may have served while another version was being rolled out; rejections are those of now.
  const { rejected, lifted } = first;
  return served && { ...served.record, next: undefined, rejected, lifted };
}
