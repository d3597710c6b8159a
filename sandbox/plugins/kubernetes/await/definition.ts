import type { V1CustomResourceDefinition } from "@kubernetes/client-node";
import { failed, holding, ready, type Rule, waiting } from "./rule";

/** Ready when the server serves its kind; fails when another definition has its names. */
export const definition: Rule = {
  judge(object) {
    const { status } = object as unknown as V1CustomResourceDefinition;
    if (holding(status?.conditions, "Established") !== undefined) return ready;
    const names = status?.conditions?.find(({ type }) => type === "NamesAccepted");
    return names?.status === "False"
      ? failed(names.message ?? "its names are taken")
      : waiting("not served yet");
  },
};
