import type * as pulumi from "@pulumi/pulumi";
import { certificateWarning, readCertificate } from "../../components/edge/certificates";
import { hostProblems } from "../../components/edge/guards";
import { specProblems, type Neighbours } from "../../components/edge/guards-spec";
import { planEdge, type EdgePlan } from "../../components/edge/plan";
import type { Source } from "../../components/edge/reader";
import type { CertificateSpec, EdgeRoute, EdgeSpec } from "../../components/edge/spec";
import { standingOf } from "../../components/edge/standing";
import { readiness } from "../../components/ingress/traefik";
import { apiPort, staying } from "../../components/cluster/spec";
import { isKnown, type FoundHosts } from "../../components/shared/machine/facts";
import type { Machine, SpecProblem } from "../../components/shared/machine/machine";
import type { Problem } from "../../components/shared/problem";
import type { Cluster } from "./cluster";
import type { EdgeConfig } from "./edge-schema";
import { keyProblems, reachedBy } from "./machines";
import { place, type Document } from "./problems";
import type { Room } from "./room";
import type { StackConfig } from "./stack";
import { noSecret, secretPrefix } from "./stackfile";

/** The edges of a stack. */
export interface EdgeSettings {
  spec: EdgeSpec;
  plan: EdgePlan;
  /** Edges that were reached, with what each was found to be. */
  found: FoundHosts;
  /** Private keys by the name of the secret, those of the cluster's machines too. */
  keys: Readonly<Record<string, pulumi.Output<string>>>;
  /** Certificates by the host name that each is for. */
  pems: Readonly<Record<string, pulumi.Output<string>>>;
  /** Days until the first certificate ends that is known; absent where none is. */
  certificateDays?: number;
  /** What there is to say of it that stops nothing. */
  warnings: readonly string[];
}

/** What the edges are found by. */
export interface EdgeArgs {
  document: Document;
  config: Partial<StackConfig>;
  cluster: Cluster | Room | undefined;
  secrets: Readonly<Record<string, pulumi.Output<string>>>;
  /** The secrets as they are: certificates are looked at before they are sent anywhere. */
  plain: Readonly<Record<string, string>>;
  /** What was found of the machines; undefined when nobody has looked, and nothing is to be done to them. */
  found: FoundHosts | undefined;
  /** What was found of the cluster's. */
  machines: FoundHosts | undefined;
  routes: readonly EdgeRoute[];
  nodePorts: readonly number[];
  now: Date;
}

/** The edges' machines; none where nothing says how they are logged in to. */
export function edgeMachines({ edge, cluster }: Partial<StackConfig>): Machine[] {
  const ssh = edge?.ssh ?? (cluster?.kind === "hosts" ? cluster.ssh : undefined);
  return edge === undefined || ssh === undefined ? [] : reachedBy(ssh, edge.hosts);
}

/** The edges as they are to be; every problem with their settings and machines at once. Neither where a stack has none. */
export function readEdge(args: EdgeArgs): { edge?: EdgeSettings; problems: Problem[] } {
  const { document, config, secrets, found, routes, nodePorts, now } = args;
  const { edge } = config;
  if (edge === undefined) return { problems: [] };
  const certificates = Object.entries(edge.certificates).map(([host, certificate]) => ({
    host,
    ...readOne(host, certificate, args),
  }));
  const spec: EdgeSpec = {
    ...{ address: edge.address, redirect: edge.redirect },
    ingress: {
      ...edge.ingress,
      ...(config.ingress?.controller === "managed" ? { ready: readiness } : {}),
    },
    ...{ allow: edge.allow, routes, nodePorts, hosts: edgeMachines(config) },
    ...{ nodes: nodesOf(edge, args.cluster), packages: packagesOf(config) },
    certificates: certificates.flatMap(({ spec: certificate }) => certificate ?? []),
    ...(edge.api === undefined
      ? {}
      : { api: { port: edge.api, servers: serversOf(args.cluster) } }),
    ...endpointOf(args.cluster),
  };
  const keys = take(secrets, [...new Set(spec.hosts.map(({ ssh }) => ssh.key))]);
  const problems = [
    ...loginProblems(config),
    ...specProblems(spec, neighboursOf(args.cluster)),
    ...keyProblems(spec.hosts, found, keys.missing),
  ];
  if (found !== undefined && problems.length === 0) problems.push(...hostProblems(spec, found));
  problems.push(...certificates.flatMap((each) => each.problems));
  const standing = standingOf(spec, found ?? new Map(), now);
  const days = [...certificates, standing].flatMap((each) => each.days ?? []);
  const settings: EdgeSettings = {
    ...{
      spec,
      plan: planEdge(spec, found ?? new Map(), sourceOf(args)),
      found: found ?? new Map(),
    },
    keys: { ...(args.cluster?.kind === "hosts" ? args.cluster.keys : {}), ...keys.found },
    pems: Object.fromEntries(
      Object.entries(edge.certificates).flatMap(([host, certificate]) => {
        const pem = secrets[certificate.secret ?? ""];
        return pem === undefined ? [] : [[host, pem] as const];
      }),
    ),
    ...(days.length === 0 ? {} : { certificateDays: Math.min(...days) }),
    warnings: [
      ...certificates.flatMap(({ host, days, warnings = [] }) => [
        ...[days === undefined ? undefined : certificateWarning(host, days)].filter(
          (warning) => warning !== undefined,
        ),
        ...warnings,
      ]),
      ...standing.warnings,
    ],
  };
  return {
    edge: settings,
    problems: problems.map(({ path, ...problem }) => place(document, ["edge", ...path], problem)),
  };
}

/** A certificate as it is to be served: read, where the stack has it; otherwise where it is. */
function readOne(
  host: string,
  { secret, from = "" }: EdgeConfig["certificates"][string],
  { cluster, plain, now }: EdgeArgs,
): { spec?: CertificateSpec; days?: number; problems: SpecProblem[]; warnings?: string[] } {
  if (secret !== undefined) {
    const pem = plain[secret];
    return pem === undefined
      ? { problems: [{ path: ["certificates", host, "secret"], ...noSecret(secret, "shop.pem") }] }
      : readCertificate(host, secret, pem, now);
  }
  const [namespace = "", name = ""] = from.split("/");
  // Who has no cluster at all has been told so.
  if (cluster === undefined || cluster.kind === "hosts")
    return { spec: { host, from: { namespace, name } }, problems: [] };
  const problem = {
    path: ["certificates", host, "from"],
    given: from,
    allowed:
      "a Secret of a cluster of kind hosts: a control plane of it makes the edges a login that may read this one and nothing else",
    mend: `use \`secret: shopPem\`, with: pulumi config set --secret ${secretPrefix}shopPem < shop.pem`,
  };
  return { problems: [problem] };
}

/** Who makes the edges' login to the cluster. */
function sourceOf({ cluster, machines }: EdgeArgs): Source | undefined {
  if (cluster?.kind !== "hosts") return undefined;
  const { speaker } = cluster.plan;
  const facts = speaker === undefined ? undefined : machines?.get(speaker.name);
  return speaker === undefined ? undefined : { speaker, ...(isKnown(facts) ? { facts } : {}) };
}

function endpointOf(cluster: Cluster | Room | undefined): Pick<EdgeSpec, "endpoint"> {
  if (cluster?.kind !== "hosts") return {};
  const { address, port } = cluster.spec.endpoint;
  return { endpoint: `https://${address}:${port}` };
}

function take<T>(from: Readonly<Record<string, T>>, names: readonly string[]) {
  const found: Record<string, T> = {};
  const missing: string[] = [];
  for (const name of names) {
    const value = from[name];
    if (value === undefined) missing.push(name);
    else found[name] = value;
  }
  return { found, missing };
}

/** Workers, where they are known; all machines where there are none. */
function nodesOf({ nodes }: EdgeConfig, cluster: Cluster | Room | undefined): readonly string[] {
  if (nodes !== undefined) return nodes;
  if (cluster?.kind !== "hosts") return [];
  const workers = staying(cluster.spec, "worker");
  const machines = workers.length === 0 ? staying(cluster.spec) : workers;
  return machines.map(({ address }) => address);
}

/** Addresses and ports of the API servers. */
function serversOf(cluster: Cluster | Room | undefined): string[] {
  if (cluster === undefined) return [];
  if (cluster.kind === "hosts")
    return staying(cluster.spec, "control-plane").map(({ address }) => `${address}:${apiPort}`);
  const { hostname, port } = new URL(cluster.endpoint.server);
  return [`${hostname}:${port === "" ? 443 : port}`];
}

function packagesOf({ edge, cluster }: Partial<StackConfig>): EdgeSpec["packages"] {
  const none = { from: "preinstalled", repositories: [] } as const;
  return edge?.packages ?? (cluster?.kind === "hosts" ? cluster.packages : none);
}

function neighboursOf(cluster: Cluster | Room | undefined): Neighbours {
  if (cluster?.kind !== "hosts") return { machines: [] };
  const { endpoint, networks, hosts } = cluster.spec;
  return { endpoint: endpoint.address, networks, machines: hosts };
}

function loginProblems({ edge, cluster }: Partial<StackConfig>): SpecProblem[] {
  if (edge?.ssh !== undefined || cluster?.kind === "hosts") return [];
  return [
    {
      path: ["ssh"],
      allowed: "how the machines are logged in to: {user: ops, key: roomKey}",
      mend: "it is missing: add `slipway:edge.ssh`; only of a cluster of kind hosts it is known",
    },
  ];
}
