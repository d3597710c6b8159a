import { nodes } from "../network";
import type { KubernetesObject } from "./object";

/** Names that the provisioner's command line and its objects share. */
export const storage = {
  className: "local-path",
  namespace: "local-path-storage",
  scripts: "local-path-config",
  helperAccount: "local-path-helper",
} as const;

/** The default StorageClass, and the scripts of the provisioner's helper pods that create and remove a directory. */
export function storageObjects(busybox: string): KubernetesObject[] {
  const { className, namespace, scripts, helperAccount } = storage;
  return [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
    {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: helperAccount, namespace },
      automountServiceAccountToken: false,
    },
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: scripts, namespace },
      data: {
        setup: 'mkdir -m 0777 -p "${VOL_DIR:?}"\n',
        teardown: 'rm -rf "${VOL_DIR:?}"\n',
        "helperPod.yaml": JSON.stringify(helperPod(busybox)),
      },
    },
    {
      apiVersion: "storage.k8s.io/v1",
      kind: "StorageClass",
      metadata: {
        name: className,
        annotations: { "storageclass.kubernetes.io/is-default-class": "true" },
      },
      provisioner: "rancher.io/local-path",
      reclaimPolicy: "Delete",
      // All volumes are in one place, so binding need not wait for a node.
      volumeBindingMode: "Immediate",
    },
  ];
}

/** Runs on the real node, whatever node the claim's consumer is on: only there are directories. */
function helperPod(image: string): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "helper-pod" },
    spec: {
      nodeSelector: { "kubernetes.io/hostname": nodes.real },
      containers: [{ name: "helper-pod", image, imagePullPolicy: "IfNotPresent" }],
    },
  };
}
