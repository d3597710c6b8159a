import type { ReleaseRecord } from "../records/record";
import { sameVersion, type TargetVersion } from "../records/transitions";
import { notDone } from "../stack/refusal";
import type { RolloutPlan } from "./types";

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
