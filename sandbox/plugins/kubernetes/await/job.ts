import type { V1Job } from "@kubernetes/client-node";
import { failed, holding, ready, type Rule, waiting } from "./rule";

/** Ready when it has completed; fails when it has given up. A suspended one is not waited for. */
export const job: Rule = {
  judge(object) {
    const { spec, status } = object as unknown as V1Job;
    if (spec?.suspend === true || holding(status?.conditions, "Complete") !== undefined)
      return ready;
    const failure = holding(status?.conditions, "Failed");
    if (failure !== undefined) {
      return failed(`${failure.reason ?? "failed"}: ${failure.message ?? "no message"}`);
    }
    const done = `${status?.succeeded ?? 0} of ${spec?.completions ?? 1} completed`;
    return waiting(`${done}, ${status?.active ?? 0} active, ${status?.failed ?? 0} failed`);
  },
};
