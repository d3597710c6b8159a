import type { V1DaemonSet } from "@kubernetes/client-node";
import { isObserved, ready, type Rule, unobserved, waiting } from "./rule";

/** Ready when each node that is to have a pod has one of the new version, available. With `OnDelete` any version counts. */
export const daemonSet: Rule = {
  judge(object) {
    const { spec, status } = object as unknown as V1DaemonSet;
    if (!isObserved(object)) return unobserved;
    const wanted = status?.desiredNumberScheduled ?? 0;
    const updated = status?.updatedNumberScheduled ?? 0;
    const available = status?.numberAvailable ?? 0;
    const replacing = spec?.updateStrategy?.type !== "OnDelete";
    if (replacing && updated < wanted) return waiting(`${updated} of ${wanted} pods are updated`);
    return available < wanted ? waiting(`${available} of ${wanted} pods are available`) : ready;
  },
};
