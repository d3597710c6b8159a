import type { Packages } from "../shared/machine/packages";
import type { Machine } from "../shared/machine/machine";

/** Machines at the edge of the room, which have one address between them. Plain values. */
export interface EdgeSpec {
  /** IPv4 address that moves between the machines. */
  address: string;
  /** Sorted by name: their order in the file means nothing. */
  hosts: readonly Machine[];
  /** IPv4 addresses of the nodes that answer for the ingress controller and for NodePorts. */
  nodes: readonly string[];
  /** Port of the ingress controller on the nodes, and what it answers with 200 once it has routes, where that is known. */
  ingress: { http: number; ready?: { host: string; path: string } };
  /** Certificates that HTTPS is answered with; none means that there is no HTTPS. */
  certificates: readonly CertificateSpec[];
  /**
   * Where the cluster's API servers answer, for certificates that are followed: `https://10.0.0.100:8443`.
   * @default unknown: no certificate is followed
   */
  endpoint?: string;
  /** Whether who asks by HTTP for what there is a certificate for is sent to HTTPS. */
  redirect: boolean;
  /** Networks that a host name answers to: host → CIDRs; whoever is elsewhere gets a 403. */
  allow: Readonly<Record<string, readonly string[]>>;
  /**
   * API servers, `address:port`, that the edges lead to, and the port they do so on.
   * @default none: the edges lead to no API server
   */
  api?: { port: number; servers: readonly string[] };
  /** Who installs what the machines need. */
  packages: Packages;
  /** Whose requests are whose, for the access log. */
  routes: readonly EdgeRoute[];
  /** NodePorts that projects open on the edges. */
  nodePorts: readonly number[];
}

/** A certificate that HTTPS is answered with, by the host name that it is for: `shop.example`, `*.example`. */
export type CertificateSpec = PinnedCertificate | FollowedCertificate;

/** One that a secret of the stack holds. */
export interface PinnedCertificate {
  /** Host name that it is for: `shop.example`, `*.example`. */
  host: string;
  /** SHA-256 of all its certificates, in hex: what is public of it. */
  fingerprint: string;
}

/** One that a Secret of the cluster holds; the edges follow what becomes of that. */
export interface FollowedCertificate {
  /** Host name that it is for: `shop.example`, `*.example`. */
  host: string;
  /** The Secret that has the certificate and its key. */
  from: SecretName;
}

/** A Secret of the cluster. */
export interface SecretName {
  /** Its namespace. */
  namespace: string;
  /** Its name in the namespace. */
  name: string;
}

/** A host name and a path that a project answers on. */
export interface EdgeRoute {
  /** Host name: `shop.example`. */
  host: string;
  /** Path prefix below the host: `/api`. */
  path: string;
  /** Name of the project in Gitea. */
  project: string;
}

/** Ports of the edge itself. */
export const webPorts = { http: 80, https: 443 } as const;

/** Ports that an edge listens on besides the projects' NodePorts. */
export const ownPorts = ({
  certificates,
  api,
}: Pick<EdgeSpec, "certificates" | "api">): number[] => [
  webPorts.http,
  ...(certificates.length === 0 ? [] : [webPorts.https]),
  ...(api === undefined ? [] : [api.port]),
];

/** Machines that stay. */
export const activeHosts = ({ hosts }: Pick<EdgeSpec, "hosts">): Machine[] =>
  hosts.filter(({ absent }) => !absent);

/** Certificates that are followed. */
export const followed = ({ certificates }: Pick<EdgeSpec, "certificates">): FollowedCertificate[] =>
  certificates.flatMap((each) => ("from" in each ? [each] : []));

/** A host name as files have it. */
export const fileName = (host: string): string => host.replace("*", "wildcard");

/** File that a host name's certificate and key are in, relative to HAProxy's configuration. */
export const pemFile = (host: string): string => `certificates/${fileName(host)}.pem`;
