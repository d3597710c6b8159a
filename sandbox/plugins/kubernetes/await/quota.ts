import type { V1ResourceQuota } from "@kubernetes/client-node";
import { isDeepStrictEqual } from "node:util";
import { ready, type Rule, waiting } from "./rule";

/** Ready when its limits are in force: until then the server refuses pods in the namespace. */
export const quota: Rule = {
  judge(object) {
    const { spec, status } = object as unknown as V1ResourceQuota;
    return isDeepStrictEqual(spec?.hard ?? {}, status?.hard ?? {})
      ? ready
      : waiting("its limits are not in force yet");
  },
};
