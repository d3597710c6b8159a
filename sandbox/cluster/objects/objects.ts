import type { UnitContext } from "../context";
import { dnsObjects } from "./dns";
import type { KubernetesObject } from "./object";
import { rbac } from "./rbac";
import { foreignImagePolicies, simulatedNode } from "./simulation";
import { storageObjects } from "./storage";

/** Objects that a sandbox's cluster needs; applied at each start. */
export function clusterObjects({ mode, ports, images }: UnitContext): KubernetesObject[] {
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
