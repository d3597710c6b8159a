import type { Packages } from "../shared/machine/packages";
import type { Machine } from "../shared/machine/machine";

/** Machines in front of the cluster that share one address. Plain values. */
export interface EdgeSpec {
  /** IPv4 address that moves between the machines. */
  address: string;
  /** Sorted by name: their order in the file does not matter. */
  hosts: readonly Machine[];
  /** IPv4 addresses of the nodes that serve the ingress controller and NodePorts. */
  nodes: readonly string[];
  /** Port of the ingress controller on the nodes, and, where known, the request that it answers with 200 once it has routes. */
  ingress: { http: number; ready?: { host: string; path: string } };
  /** Certificates for HTTPS; none means no HTTPS. */
  certificates: readonly CertificateSpec[];
  /**
   * URL of the cluster's API servers, for certificates that are followed: `https://10.0.0.100:8443`.
   * @default unknown: no certificate is followed
   */
  endpoint?: string;
  /** Whether HTTP requests for a host with a certificate are redirected to HTTPS. */
  redirect: boolean;
  /** Networks that may access a host name: host → CIDRs; clients elsewhere get a 403. */
  allow: Readonly<Record<string, readonly string[]>>;
  /**
   * API servers, `address:port`, that the edges forward to, and the edges' own port for them.
   * @default none: the edges forward to no API server
   */
  api?: { port: number; servers: readonly string[] };
  /** Who installs what the machines need. */
  packages: Packages;
  /** Which requests belong to which project, for the access log. */
  routes: readonly EdgeRoute[];
  /** NodePorts that projects open on the edges. */
  nodePorts: readonly number[];
}

/** A certificate for HTTPS. */
export type CertificateSpec = PinnedCertificate | FollowedCertificate;

/** A certificate in a secret of the stack. */
export interface PinnedCertificate {
  /** Host name that it is for: `shop.example`, `*.example`. */
  host: string;
  /** SHA-256 of all its certificates, which are public, in hex. */
  fingerprint: string;
}

/** A certificate in a Secret of the cluster; the edges follow its changes. */
export interface FollowedCertificate {
  /** Host name that it is for: `shop.example`, `*.example`. */
  host: string;
  /** The Secret with the certificate and its key. */
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

/** Machines without `leaving`. */
export const activeHosts = ({ hosts }: Pick<EdgeSpec, "hosts">): Machine[] =>
  hosts.filter(({ absent }) => !absent);

/** Certificates that are followed. */
export const followed = ({ certificates }: Pick<EdgeSpec, "certificates">): FollowedCertificate[] =>
  certificates.flatMap((each) => ("from" in each ? [each] : []));

/** A host name as part of file names. */
export const fileName = (host: string): string => host.replace("*", "wildcard");

/** File with a host name's certificate and key, relative to HAProxy's configuration. */
export const pemFile = (host: string): string => `certificates/${fileName(host)}.pem`;
