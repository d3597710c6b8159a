/**
 * The Kubernetes objects that routing depends on, cut down to the fields it reads. Source: networking.k8s.io/v1,
 * core/v1 and discovery.k8s.io/v1.
 */
export interface ObjectMeta {
  name: string;
  namespace?: string;
  uid?: string;
  annotations?: Record<string, string>;
  labels?: Record<string, string>;
  /** RFC 3339. */
  creationTimestamp?: string;
}

export interface IngressBackend {
  service?: { name: string; port?: { name?: string; number?: number } };
  resource?: { kind: string; name: string };
}

export type PathType = "Exact" | "Prefix" | "ImplementationSpecific";

export interface IngressPath {
  path?: string;
  pathType: PathType;
  backend: IngressBackend;
}

export interface IngressRule {
  host?: string;
  http?: { paths: IngressPath[] };
}

export interface Ingress {
  metadata: ObjectMeta;
  spec?: {
    ingressClassName?: string;
    defaultBackend?: IngressBackend;
    rules?: IngressRule[];
    tls?: { hosts?: string[] }[];
  };
  status?: { loadBalancer?: { ingress?: { ip?: string; hostname?: string }[] } };
}

export interface IngressClass {
  metadata: ObjectMeta;
  spec?: { controller?: string };
}

export interface ServicePort {
  name?: string;
  port: number;
  protocol?: string;
  nodePort?: number;
}

export interface Service {
  metadata: ObjectMeta;
  spec?: { type?: string; ports?: ServicePort[] };
}

export interface Endpoint {
  addresses: string[];
  /** Absent means ready, and serving, and not terminating. */
  conditions?: { ready?: boolean; serving?: boolean; terminating?: boolean };
  nodeName?: string;
  targetRef?: { kind?: string; name?: string };
}

export interface EndpointSlice {
  metadata: ObjectMeta;
  addressType: string;
  endpoints?: Endpoint[] | null;
  ports?: { name?: string; port?: number; protocol?: string }[] | null;
}

/** Everything routing is made from, at one moment. */
export interface ClusterObjects {
  ingresses: readonly Ingress[];
  ingressClasses: readonly IngressClass[];
  services: readonly Service[];
  endpointSlices: readonly EndpointSlice[];
}

/** Where the objects come from: the API server, or a test. */
export interface ObjectSource {
  /** Calls `changed` with the whole state once all of it is known, and again after each change. */
  start(changed: (objects: ClusterObjects) => void): void;
  stop(): void;
}

/** `namespace/name`; the name alone for what has no namespace. */
export const keyOf = ({ namespace, name }: ObjectMeta): string =>
  namespace === undefined ? name : `${namespace}/${name}`;

/** Oldest first; by name where the age is the same. */
export function byAge(a: { metadata: ObjectMeta }, b: { metadata: ObjectMeta }): number {
  const [first, second] = [a, b].map(
    ({ metadata }) => `${metadata.creationTimestamp ?? ""} ${keyOf(metadata)}`,
  ) as [string, string];
  return first < second ? -1 : first > second ? 1 : 0;
}
