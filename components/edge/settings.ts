import { certificateWarning, readCertificate } from "./certificates";
import { hostProblems } from "./guards";
import { specProblems, type Neighbours } from "./guards-spec";
import { planEdge, type EdgePlan } from "./plan";
import type { CertificateCluster } from "./reader";
import type { CertificateSpec, EdgeRoute, EdgeSpec } from "./spec";
import { statusOf } from "./status";
import type { EdgeConfig } from "./config";
import { activeHosts, apiPort, type ClusterSpec } from "../shared/cluster-spec";
import { place, type Document } from "../shared/config/document";
import { noSecret, secretPrefix, type Secrets } from "../shared/config/secrets";
import { readiness } from "../shared/http";
import type { FactsByHost } from "../shared/machine/facts";
import { missingKeys, reachedBy, unfitKeys } from "../shared/machine/keys";
import type { Machine, SpecProblem } from "../shared/machine/machine";
import type { Packages } from "../shared/machine/packages";
import type { PlanResult, Result } from "../shared/module";
import type { Problem } from "../shared/problem";

/** The cluster's settings that edges need. */
export type EdgeCluster =
  | { kind: "kubeconfig"; endpoint: { server: string } }
  | { kind: "hosts"; spec: ClusterSpec; config: { ssh: Machine["ssh"]; packages: Packages } };

/** The edges of a stack. */
export interface EdgeSettings {
  spec: EdgeSpec;
  /** Names of the secrets with the certificates, by the host name that each is for. */
  pems: Readonly<Record<string, string>>;
  /** Days until each certificate of the stack expires. */
  days: readonly number[];
}

/** The plan for the edges' machines, from their facts. */
export interface EdgeMachinesPlan extends EdgePlan {
  /** Facts, by the names of the machines; empty where none were gathered. */
  gathered: FactsByHost;
  /** Days until the first known certificate expires; absent where none is known. */
  certificateDays?: number;
}

/** Arguments of `resolveEdge`. */
export interface EdgeSources {
  /** The stack's file, for the places of problems. */
  document: Document;
  /** The stack's secrets, keys and certificates among them. */
  secrets: Secrets;
  /** The time that a certificate must be valid at. */
  now: Date;
  /** The cluster behind the edges; undefined where its settings are invalid. */
  cluster: EdgeCluster | undefined;
  /** Whether this stack installs the ingress controller. */
  managed: boolean;
  /** Host names and paths of the projects. */
  routes: readonly EdgeRoute[];
  /** NodePorts of the projects, which the edges open as well. */
  nodePorts: readonly number[];
}

/** The edges' spec; every problem with their settings. */
export function resolveEdge(edge: EdgeConfig, args: EdgeSources): Result<EdgeSettings> {
  const { document, secrets, routes, nodePorts, cluster } = args;
  const certificates = Object.entries(edge.certificates).map(([host, certificate]) => ({
    host,
    ...readOne(host, certificate, args),
  }));
  const ssh = edge.ssh ?? (cluster?.kind === "hosts" ? cluster.config.ssh : undefined);
  const spec: EdgeSpec = {
    address: edge.address,
    redirect: edge.redirect,
    ingress: { ...edge.ingress, ...(args.managed ? { ready: readiness } : {}) },
    allow: edge.allow,
    routes,
    nodePorts,
    hosts: ssh === undefined ? [] : reachedBy(ssh, edge.hosts),
    nodes: nodesOf(edge, cluster),
    packages: packagesOf(edge, cluster),
    certificates: certificates.flatMap(({ spec: certificate }) => certificate ?? []),
    ...(edge.api === undefined ? {} : { api: { port: edge.api, servers: serversOf(cluster) } }),
    ...endpointOf(cluster),
  };
  const problems = [
    ...(ssh === undefined ? [noLogin] : []),
    ...specProblems(spec, neighboursOf(cluster)),
    ...missingKeys(spec.hosts, secrets.names),
    ...certificates.flatMap((each) => each.problems),
  ];
  const pems = Object.entries(edge.certificates).flatMap(([host, { secret = "" }]) =>
    secrets.names.includes(secret) ? [[host, secret] as const] : [],
  );
  return {
    value: {
      spec,
      pems: Object.fromEntries(pems),
      days: certificates.flatMap(({ days }) => days ?? []),
    },
    problems: problems.map((each) => placed(document, each)),
    warnings: certificates.flatMap(({ host, days, warnings = [] }) => [
      ...[days === undefined ? undefined : certificateWarning(host, days)].filter(
        (warning) => warning !== undefined,
      ),
      ...warnings,
    ]),
  };
}

/** The plan for the edges; every problem with their facts. */
export function planEdges(
  { spec, days: known }: EdgeSettings,
  facts: FactsByHost | undefined,
  {
    document,
    now,
    source,
  }: { document: Document; now: Date; source: CertificateCluster | undefined },
): PlanResult<EdgeMachinesPlan> {
  const gathered = facts ?? new Map();
  const problems = unfitKeys(spec.hosts, gathered);
  if (facts !== undefined && problems.length === 0) problems.push(...hostProblems(spec, facts));
  const status = statusOf(spec, gathered, now);
  const days = [...known, ...(status.days === undefined ? [] : [status.days])];
  const plan = planEdge(spec, gathered, source);
  return {
    value: {
      ...plan,
      gathered,
      ...(days.length === 0 ? {} : { certificateDays: Math.min(...days) }),
    },
    lines: plan.lines,
    problems: problems.map((each) => placed(document, each)),
    warnings: status.warnings,
  };
}

const placed = (document: Document, { path, ...problem }: SpecProblem): Problem =>
  place(document, ["edge", ...path], problem);

/** A certificate's spec: its fingerprint, where the stack has it; otherwise the Secret to follow. */
function readOne(
  host: string,
  { secret, from = "" }: EdgeConfig["certificates"][string],
  { cluster, secrets, now }: EdgeSources,
): { spec?: CertificateSpec; days?: number; problems: SpecProblem[]; warnings?: string[] } {
  if (secret !== undefined) {
    if (!secrets.names.includes(secret))
      return {
        problems: [{ path: ["certificates", host, "secret"], ...noSecret(secret, "shop.pem") }],
      };
    const pem = secrets.text(secret);
    // A command that may not read secrets leaves the check to the update.
    return pem === undefined ? { problems: [] } : readCertificate(host, secret, pem, now);
  }
  const [namespace = "", name = ""] = from.split("/");
  // The missing cluster has been reported.
  if (cluster === undefined || cluster.kind === "hosts")
    return { spec: { host, from: { namespace, name } }, problems: [] };
  const problem = {
    path: ["certificates", host, "from"],
    given: from,
    allowed:
      "a Secret of a cluster of kind hosts: a control plane of it makes the edges a login that may read this one and nothing else",
    fix: `use \`secret: shopPem\`, with: pulumi config set --secret ${secretPrefix}shopPem < shop.pem`,
  };
  return { problems: [problem] };
}

function endpointOf(cluster: EdgeCluster | undefined): Pick<EdgeSpec, "endpoint"> {
  if (cluster?.kind !== "hosts") return {};
  const { address, port } = cluster.spec.endpoint;
  return { endpoint: `https://${address}:${port}` };
}

/** The named nodes, else the workers, else all machines. */
function nodesOf({ nodes }: EdgeConfig, cluster: EdgeCluster | undefined): readonly string[] {
  if (nodes !== undefined) return nodes;
  if (cluster?.kind !== "hosts") return [];
  const workers = activeHosts(cluster.spec, "worker");
  const machines = workers.length === 0 ? activeHosts(cluster.spec) : workers;
  return machines.map(({ address }) => address);
}

/** Addresses and ports of the API servers. */
function serversOf(cluster: EdgeCluster | undefined): string[] {
  if (cluster === undefined) return [];
  if (cluster.kind === "hosts")
    return activeHosts(cluster.spec, "control-plane").map(({ address }) => `${address}:${apiPort}`);
  const { hostname, port } = new URL(cluster.endpoint.server);
  return [`${hostname}:${port === "" ? 443 : port}`];
}

function packagesOf({ packages }: EdgeConfig, cluster: EdgeCluster | undefined): Packages {
  const none = { from: "preinstalled", repositories: [] } as const;
  return packages ?? (cluster?.kind === "hosts" ? cluster.config.packages : none);
}

function neighboursOf(cluster: EdgeCluster | undefined): Neighbours {
  if (cluster?.kind !== "hosts") return { machines: [] };
  const { endpoint, networks, hosts } = cluster.spec;
  return { endpoint: endpoint.address, networks, machines: hosts };
}

const noLogin: SpecProblem = {
  path: ["ssh"],
  allowed: "how the machines are logged in to: {user: ops, key: roomKey}",
  fix: "it is missing: add `slipway:edge.ssh`; only of a cluster of kind hosts it is known",
};
