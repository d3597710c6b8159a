import { paths, type UnitContext } from "../context";
import { storage } from "../objects/storage";
import type { RenderedUnit } from "../unit";
import { objectsUnit } from "./objects";

/** Creates a directory below the state for each claim of the default StorageClass. */
export function localPathProvisioner({ layout, binary, images }: UnitContext): RenderedUnit {
  const { etc, kubeconfig, data } = paths(layout);
  const config = etc("local-path.json");
  return {
    name: "local-path-provisioner",
    after: [objectsUnit],
    command: [
      binary("local-path-provisioner"),
      "start",
      `--kubeconfig=${kubeconfig("local-path-provisioner")}`,
      `--config=${config}`,
      `--namespace=${storage.namespace}`,
      `--configmap-name=${storage.scripts}`,
      `--service-account-name=${storage.helperAccount}`,
      `--helper-image=${images.busybox}`,
    ],
    files: [
      {
        path: config,
        // With one real node, ReadWriteMany needs no more than a directory on it, and a pod on the simulated node can use one
        // without a helper pod there.
        text: `${JSON.stringify({ sharedFileSystemPath: data("volumes") })}\n`,
      },
    ],
  };
}
