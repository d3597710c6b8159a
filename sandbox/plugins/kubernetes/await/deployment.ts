import type { V1Deployment } from "@kubernetes/client-node";
import { failed, holding, isObserved, ready, type Rule, unobserved, waiting } from "./rule";

/**
 * Ready when `kubectl rollout status` would say so: all replicas are of the new version and available. A paused one is not
 * waited for. Fails when the controller gives up (`progressDeadlineSeconds`).
 */
export const deployment: Rule = {
  judge(object) {
    const { spec, status } = object as unknown as V1Deployment;
    if (spec?.paused === true) return ready;
    if (!isObserved(object)) return unobserved;
    const progress = status?.conditions?.find(({ type }) => type === "Progressing");
    const count = progressOf(spec?.replicas ?? 1, status);
    if (count === undefined) return ready;
    if (progress?.reason === "ProgressDeadlineExceeded") {
      return failed(`no progress for ${spec?.progressDeadlineSeconds ?? 600} s: ${count}`);
    }
    const refused = holding(status?.conditions, "ReplicaFailure")?.message;
    return waiting(refused === undefined ? count : `${count}; ${refused}`);
  },
};

/** What the rollout still lacks; undefined when it is complete. */
function progressOf(wanted: number, status: V1Deployment["status"]): string | undefined {
  const updated = status?.updatedReplicas ?? 0;
  const available = status?.availableReplicas ?? 0;
  if (updated < wanted) return `${updated} of ${wanted} replicas are updated`;
  const old = (status?.replicas ?? 0) - updated;
  if (old > 0) return `replicas of the old version still to go: ${old}`;
  return available < updated ? `${available} of ${updated} replicas are available` : undefined;
}
