import type { V1Pod } from "@kubernetes/client-node";
import { failed, holding, ready, type Rule, waiting } from "./rule";

/** Ready when it is ready or has done its work; fails when it has failed. */
export const pod: Rule = {
  judge(object) {
    const { status } = object as unknown as V1Pod;
    const phase = status?.phase ?? "Pending";
    if (phase === "Succeeded" || holding(status?.conditions, "Ready") !== undefined) return ready;
    if (phase === "Failed")
      return failed(status?.message ?? status?.reason ?? "the pod has failed");
    const unscheduled = status?.conditions?.find(
      ({ type, status: value }) => type === "PodScheduled" && value === "False",
    );
    return waiting(unscheduled?.message ?? `${phase.toLowerCase()}, not ready`);
  },
};
