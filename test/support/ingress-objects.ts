import type {
  ClusterObjects,
  Endpoint,
  EndpointSlice,
  Ingress,
  IngressClass,
  IngressPath,
  PathType,
  Service,
} from "../../sandbox/ingress/objects";

/** Namespace of everything made here. */
export const namespace = "shop";

/** The IngressClass that the product declares. */
export const nginxClass: IngressClass = {
  metadata: { name: "nginx" },
  spec: { controller: "k8s.io/ingress-nginx" },
};

/** Short names of annotations, `canary-weight` and so on, to the whole. */
export const nginx = (short: Record<string, string>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(short).map(([name, value]) => [`nginx.ingress.kubernetes.io/${name}`, value]),
  );

/** An Ingress with one host and one path; `rest` replaces parts of it. */
export function ingress(
  name: string,
  route: { host?: string; path?: string; pathType?: PathType; service: string },
  annotations: Record<string, string> = {},
  rest: Partial<Ingress["spec"]> & { created?: string } = {},
): Ingress {
  const { created = "2026-01-01T00:00:00Z", ...spec } = rest;
  const path: IngressPath = {
    path: route.path ?? "/",
    pathType: route.pathType ?? "Prefix",
    backend: { service: { name: route.service, port: { number: 80 } } },
  };
  return {
    metadata: { name, namespace, uid: `uid-${name}`, annotations, creationTimestamp: created },
    spec: {
      ingressClassName: "nginx",
      rules: [{ host: route.host ?? "shop.test", http: { paths: [path] } }],
      ...spec,
    },
  };
}

/** A Service with one port, 80, called `http`. */
export const service = (name: string, spec: Service["spec"] = {}): Service => ({
  metadata: { name, namespace, uid: `uid-${name}` },
  spec: { type: "ClusterIP", ports: [{ name: "http", port: 80 }], ...spec },
});

/** One pod behind a Service. */
export interface Pod {
  name: string;
  address: string;
  conditions?: Endpoint["conditions"];
  node?: string;
}

/** The pods behind a Service, which listen on 8080. */
export const slice = (of: string, pods: readonly Pod[], name = `${of}-1`): EndpointSlice => ({
  metadata: { name, namespace, labels: { "kubernetes.io/service-name": of } },
  addressType: "IPv4",
  ports: [{ name: "http", port: 8080, protocol: "TCP" }],
  endpoints: pods.map(({ name: pod, address, conditions = { ready: true }, node }) => ({
    addresses: [address],
    conditions,
    nodeName: node ?? "slipway-1",
    targetRef: { kind: "Pod", name: pod },
  })),
});

/** Objects of a cluster; the IngressClass is there unless another is given. */
export const cluster = (parts: Partial<ClusterObjects>): ClusterObjects => ({
  ...{ ingresses: [], ingressClasses: [nginxClass], services: [], endpointSlices: [] },
  ...parts,
});
