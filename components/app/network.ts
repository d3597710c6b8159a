import type * as k8s from "@pulumi/kubernetes";
import type { IngressContract } from "../shared/contracts";
import { queriesOf } from "./check";
import { prometheusEgress } from "./query";
import type { AppSpec } from "./spec";
import { portName } from "./workload";

type NetworkPolicySpec = k8s.types.input.networking.v1.NetworkPolicySpec;
type IngressSpec = k8s.types.input.networking.v1.IngressSpec;
type IngressPath = k8s.types.input.networking.v1.HTTPIngressPath;
type Peer = k8s.types.input.networking.v1.NetworkPolicyPeer;

/** Every pod of the same namespace. */
const neighbours: Peer = { podSelector: {} };
/** Any address: the source of NodePort traffic is the client or a node. */
const anywhere: Peer = { ipBlock: { cidr: "0.0.0.0/0" } };

/**
 * NetworkPolicy of a project's pods. Ingress: the same namespace, and whoever the project is exposed to, on its port only.
 * Egress: the same namespace, and the rules of `egress`; DNS is open to the whole namespace.
 */
export function networkPolicySpec(
  spec: AppSpec,
  selector: Record<string, string>,
  ingress: IngressContract,
): NetworkPolicySpec {
  const exposed = { ingress: ingress.peers, nodePort: [anywhere], none: [] }[spec.expose];
  return {
    podSelector: { matchLabels: selector },
    policyTypes: ["Ingress", "Egress"],
    // By name: during a change of the port the pods of both versions are reached, each on its own port.
    ingress: [{ from: [neighbours, ...exposed], ports: [tcp(portName)] }],
    egress: egressSpec(spec.egress),
  };
}

/** NetworkPolicy of a check's pod. Egress: the project's own, and the Prometheus that it queries. Ingress: none. */
export const checkPolicySpec = (
  { egress, check }: AppSpec,
  selector: Record<string, string>,
  prometheus?: string,
): NetworkPolicySpec => ({
  podSelector: { matchLabels: selector },
  policyTypes: ["Ingress", "Egress"],
  egress: [
    ...egressSpec(egress),
    ...(prometheus === undefined || queriesOf(check).length === 0
      ? []
      : prometheusEgress(prometheus)),
  ],
});

const egressSpec = (egress: AppSpec["egress"]) =>
  egress === "any" ? [{}] : [{ to: [neighbours] }, ...egress.map(egressRule)];

function egressRule({ cidr, ports }: Exclude<AppSpec["egress"], "any">[number]) {
  const to = [{ ipBlock: { cidr } }];
  return ports === undefined ? { to } : { to, ports: ports.map(tcp) };
}

const tcp = (port: number | string) => ({ protocol: "TCP", port });

/** What an Ingress needs to know of a project that it routes to. */
export interface Route {
  /** Host names; `""` stands for every host, which only a foreign Ingress has. */
  hosts: readonly string[];
  /** Path prefix below the host names: `/api`. */
  path: string;
  /** Service of the same namespace; its port is called `http`. */
  service: string;
  /**
   * The path as it is in the cluster, to be kept unchanged.
   * @default `path`, as a prefix that routes to `service`
   */
  livePath?: IngressPath;
}

/** The route of an Ingress to a project. */
export const routeOf = (name: string, { hosts, path }: AppSpec): Route => ({
  hosts,
  path,
  service: name,
});

/** Normalised host and path: to an Ingress `/api` and `/api/` are one path, and hosts are case-insensitive. */
export const addressOf = (host: string, path: string): string =>
  `${host.toLowerCase()}${path.replace(/\/+$/, "")}`;

/** Spec of an Ingress that routes each route's hosts to its Service; sorted by host and path, so order makes no difference. */
export function ingressSpec(className: string, routes: readonly Route[]): IngressSpec {
  const ordered = routes.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const hosts = [...new Set(routes.flatMap((route) => route.hosts))].sort();
  const rules = hosts.map((host) => ({
    // Only a foreign rule is for all hosts.
    ...(host === "" ? {} : { host }),
    http: { paths: ordered.filter((route) => route.hosts.includes(host)).map(pathOf) },
  }));
  return { ingressClassName: className, rules };
}

const pathOf = ({ path, service, livePath }: Route): IngressPath =>
  livePath ?? {
    path,
    pathType: "Prefix",
    // By name, so a change of a project's port does not interrupt requests during its release.
    backend: { service: { name: service, port: { name: portName } } },
  };

/** Which requests get the new version before all others do. */
export interface CanaryArgs {
  /** Percent of the requests, 0 to 99. */
  weight: number;
  /** Requests with this header, whatever the weight; without `value`, those where it says `always`. @default none */
  header?: { name: string; value?: string };
  /** Requests with this cookie set to `always`. @default none */
  cookie?: string;
}

const nginx = "nginx.ingress.kubernetes.io";

/** Annotations that make an Ingress the canary of the main one with the same hosts and paths. */
export const canaryAnnotations = ({
  weight,
  header,
  cookie,
}: CanaryArgs): Record<string, string> => ({
  [`${nginx}/canary`]: "true",
  [`${nginx}/canary-weight`]: String(weight),
  ...(header === undefined ? {} : { [`${nginx}/canary-by-header`]: header.name }),
  ...(header?.value === undefined ? {} : { [`${nginx}/canary-by-header-value`]: header.value }),
  ...(cookie === undefined ? {} : { [`${nginx}/canary-by-cookie`]: cookie }),
});
