import type { Context } from "../context";
import { dnsObjects } from "./dns";
import type { KubernetesObject } from "./object";
import { rbac } from "./rbac";
import { foreignImagePolicies, simulatedNode } from "./simulation";
import { storageObjects } from "./storage";

/** What a cluster must hold before the sandbox is of use; applied at each start. */
export function clusterObjects({ mode, ports, images }: Context): KubernetesObject[] {
  const isolated = mode === "isolated";
  return [
    ...rbac(),
    simulatedNode(isolated),
    ...(isolated
      ? [
          ...foreignImagePolicies(`127.0.0.1:${ports.registry}`),
          ...dnsObjects(),
          ...storageObjects(images.busybox),
        ]
      : []),
  ];
}
