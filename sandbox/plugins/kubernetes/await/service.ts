import type { V1EndpointSlice, V1Service } from "@kubernetes/client-node";
import { ready, type Rule, waiting } from "./rule";

/**
 * Ready when it has its load balancer's address, if it asks for one, and when one of the pods behind it takes traffic. With
 * no pods yet there is nothing to wait for: they may depend on this very Service.
 */
export const service: Rule = {
  related: ({ metadata: { namespace, name } }) => ({
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    namespace,
    key: name,
    label: "kubernetes.io/service-name",
  }),

  judge(object, related) {
    const { spec, status } = object as unknown as V1Service;
    if (spec?.type === "LoadBalancer" && (status?.loadBalancer?.ingress ?? []).length === 0) {
      return waiting("no load balancer has given it an address");
    }
    const routed = spec?.type !== "ExternalName" && spec?.clusterIP !== "None";
    if (!routed || Object.keys(spec?.selector ?? {}).length === 0) return ready;
    const endpoints = related.flatMap(
      (slice) => (slice["endpoints"] as V1EndpointSlice["endpoints"] | null) ?? [],
    );
    if (endpoints.length === 0 || endpoints.some(({ conditions }) => conditions?.ready !== false)) {
      return ready;
    }
    return waiting(`none of the ${endpoints.length} pods behind it is ready`);
  },
};
