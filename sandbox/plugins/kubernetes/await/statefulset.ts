import type { V1StatefulSet } from "@kubernetes/client-node";
import { isObserved, ready, type Rule, unobserved, waiting } from "./rule";

/**
 * Ready when `kubectl rollout status` would say so: all replicas are ready and, above the partition, of the new version.
 * With `OnDelete` a person replaces the pods, so only their readiness counts.
 */
export const statefulSet: Rule = {
  judge(object) {
    const { spec, status } = object as unknown as V1StatefulSet;
    if (!isObserved(object)) return unobserved;
    const wanted = spec?.replicas ?? 1;
    const readyReplicas = status?.readyReplicas ?? 0;
    if (readyReplicas < wanted) return waiting(`${readyReplicas} of ${wanted} replicas are ready`);
    if (spec?.updateStrategy?.type === "OnDelete") return ready;
    const partition = spec?.updateStrategy?.rollingUpdate?.partition ?? 0;
    const due = Math.max(wanted - partition, 0);
    const updated = status?.updatedReplicas ?? 0;
    const current = status?.currentRevision === status?.updateRevision;
    if (current || (partition > 0 && updated >= due)) return ready;
    return waiting(`${updated} of ${due} replicas are updated`);
  },
};
