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
/** Any address: NodePort traffic keeps the client's, or takes a node's. */
const anywhere: Peer = { ipBlock: { cidr: "0.0.0.0/0" } };

/**
 * What may reach a project's pods (neighbours, and whoever it is exposed to, on its port only) and what they may reach
 * (neighbours, and the rules of `egress`; DNS is open to the whole namespace).
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
    // By name: while another port takes over, the pods of both versions are reached, each on its own.
    ingress: [{ from: [neighbours, ...exposed], ports: [tcp(portName)] }],
    egress: egressSpec(spec.egress),
  };
}

/** What a check's pod may reach: what the project itself may, and the Prometheus that it asks. Nobody has business with it. */
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

/** What an Ingress needs to know of a project that it leads to. */
export interface Route {
  /** Host names; `""` stands for every host, which only an Ingress of somebody else has. */
  hosts: readonly string[];
  /** Path prefix below the host names: `/api`. */
  path: string;
  /** Service of the same namespace; its port is called `http`. */
  service: string;
  /**
   * The path as it stands in the cluster, to be left letter by letter as whoever wrote it.
   * @default `path`, as a prefix that leads to `service`
   */
  livePath?: IngressPath;
}

/** Where an Ingress leads to for a project. */
export const routeOf = (name: string, { hosts, path }: AppSpec): Route => ({
  hosts,
  path,
  service: name,
});

/** Where a request goes, as far as an Ingress tells: to it `/api` and `/api/` are one path, and a host has no capitals. */
export const addressOf = (host: string, path: string): string =>
  `${host.toLowerCase()}${path.replace(/\/+$/, "")}`;

/** Spec of an Ingress that leads each route's hosts to its Service; sorted by host and path, so order is no difference. */
export function ingressSpec(className: string, routes: readonly Route[]): IngressSpec {
  const ordered = routes.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const hosts = [...new Set(routes.flatMap((route) => route.hosts))].sort();
  const rules = hosts.map((host) => ({
    // One for all hosts can only be somebody else's.
    ...(host === "" ? {} : { host }),
    http: { paths: ordered.filter((route) => route.hosts.includes(host)).map(pathOf) },
  }));
  return { ingressClassName: className, rules };
}

const pathOf = ({ path, service, livePath }: Route): IngressPath =>
  livePath ?? {
    path,
    pathType: "Prefix",
    // By its name: a project whose port is another one from now on is led to all the same, at every moment of its release.
    backend: { service: { name: service, port: { name: portName } } },
  };

/** Who gets to a new version before everybody does. */
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
