import type {
  V1PersistentVolume,
  V1PersistentVolumeClaim,
  V1StorageClass,
} from "@kubernetes/client-node";
import { failed, ready, type Rule, waiting } from "./rule";

/** Ready when it is bound. One whose class waits for the first consumer is bound only with a pod, so it is not waited for. */
export const volumeClaim: Rule = {
  related: (object) => {
    const { spec } = object as unknown as V1PersistentVolumeClaim;
    const key = spec?.storageClassName;
    return key === undefined || key === ""
      ? undefined
      : { apiVersion: "storage.k8s.io/v1", kind: "StorageClass", key };
  },

  judge(object, related) {
    const { spec, status } = object as unknown as V1PersistentVolumeClaim;
    const phase = status?.phase ?? "Pending";
    if (phase === "Bound") return ready;
    if (phase === "Lost") return failed(`its volume ${spec?.volumeName ?? ""} is lost`);
    const [storageClass] = related as unknown as readonly V1StorageClass[];
    if (storageClass?.volumeBindingMode === "WaitForFirstConsumer") return ready;
    const name = spec?.storageClassName;
    return waiting(
      name === undefined
        ? "no volume fits it, and there is no default storage class"
        : `storage class ${name} has not provided a volume`,
    );
  },
};

/** Ready when it can be claimed or is. */
export const volume: Rule = {
  judge(object) {
    const { status } = object as unknown as V1PersistentVolume;
    const phase = status?.phase ?? "Pending";
    if (phase === "Failed") return failed(status?.message ?? "the volume has failed");
    return phase === "Pending" ? waiting("pending") : ready;
  },
};
