import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { certificateDays, certificateWarning, clusterProblems } from "./guards-cluster";
import { hostProblems } from "./guards-host";
import { planCluster, type ClusterPlan } from "./plan";
import { specProblems } from "./spec";
import type { FactsByHost } from "../shared/machine/facts";
import type { SpecProblem } from "../shared/machine/machine";
import type { BackupSource, PlanResult, Result } from "../shared/module";
import type { Problem } from "../shared/problem";
import { missingKeys, reachedBy, unfitKeys } from "../shared/machine/keys";
import { place, type Document } from "../shared/config/document";
import type { HostsClusterConfig } from "./config";
import type { ClusterSpec, PodNetwork } from "../shared/cluster-spec";

/** A cluster that this stack creates on machines. */
export interface HostsCluster {
  kind: "hosts";
  spec: ClusterSpec;
  /** Its settings, with the machines by their keys. */
  config: HostsClusterConfig;
}

/** The plan for its machines, from their facts. */
export interface HostsPlan extends ClusterPlan {
  /** Facts, by the names of the machines; empty where none were gathered. */
  gathered: FactsByHost;
  /** Days until the first certificate of the control plane expires; absent while there is none. */
  certificateDays?: number | undefined;
}

/** What the settings of machines are read from. */
export interface HostsArgs {
  /** Absolute path that the paths of files are relative to. */
  checkout: string;
  /** The stack's cluster settings, for the places of problems. */
  document: Document;
  /** Names of the stack's secrets. */
  secrets: readonly string[];
  /** Authorities that machines trust for a host: host → PEM. */
  authorities: Readonly<Record<string, string>>;
}

/**
 * The spec of a cluster from its settings alone, with the path of manifests in place of their text. A machine has the name of its
 * node, which never changes, whatever its key in the settings is.
 */
export const specOf = ({ ssh, hosts, ...cluster }: HostsClusterConfig): ClusterSpec => ({
  ...cluster,
  authorities: {},
  hosts: reachedBy(
    ssh,
    Object.fromEntries(
      Object.entries(hosts).map(([key, { node = key, ...host }]) => [node, host] as const),
    ),
  ),
});

/** A path below the cluster, with the machine's key in the settings in place of its node's name. */
function asCalled({ hosts }: HostsClusterConfig, path: readonly string[]): readonly string[] {
  const [part, name, ...rest] = path;
  const called = Object.entries(hosts).find(([key, { node = key }]) => node === name);
  return part === "hosts" && called !== undefined ? [part, called[0], ...rest] : path;
}

/** Machines with the same node name, by their keys in the settings. */
function sharedNodes({ hosts }: HostsClusterConfig): SpecProblem[] {
  const owner = new Map<string, string>();
  return Object.entries(hosts).flatMap(([key, { node = key }]) => {
    const other = owner.get(node);
    owner.set(node, other ?? key);
    if (other === undefined) return [];
    const allowed = `a node of its own; ${other} is ${node}`;
    return [{ path: ["hosts", key, "node"], given: node, allowed }];
  });
}

/** The cluster's spec; every problem with its settings. */
export function resolveHosts(config: HostsClusterConfig, args: HostsArgs): Result<HostsCluster> {
  const { checkout, document, secrets, authorities } = args;
  const { podNetwork, problem } = readPodNetwork(checkout, config);
  const spec = { ...specOf(config), podNetwork, authorities };
  const problems = [
    ...specProblems(spec),
    ...(problem === undefined ? [] : [problem]),
    ...missingKeys(spec.hosts, secrets),
  ];
  return {
    value: { kind: "hosts", spec, config },
    problems: [
      ...sharedNodes(config).map((each) => placed(document, each)),
      ...problems.map((each) => placed(document, { ...each, path: asCalled(config, each.path) })),
    ],
  };
}

/** The plan for the machines; every problem with their facts. */
export function planHosts(
  { spec, config }: HostsCluster,
  facts: FactsByHost | undefined,
  document: Document,
): PlanResult<HostsPlan> {
  const gathered = facts ?? new Map();
  const problems = unfitKeys(spec.hosts, gathered);
  if (facts !== undefined && problems.length === 0) {
    problems.push(...spec.hosts.flatMap((host) => hostProblems(spec, host, facts)));
    problems.push(...clusterProblems(spec, facts));
  }
  const days = certificateDays(gathered);
  const warning = certificateWarning(spec, days);
  const plan = planCluster(spec, gathered);
  return {
    value: { ...plan, gathered, certificateDays: days },
    lines: plan.lines,
    problems: problems.map((each) =>
      placed(document, { ...each, path: asCalled(config, each.path) }),
    ),
    warnings: warning === undefined ? [] : [warning],
  };
}

const placed = (document: Document, { path, ...problem }: SpecProblem): Problem =>
  place(document, ["cluster", ...path], problem);

/** The manifests of a pod network; a file without any would leave the cluster without a network. */
function readPodNetwork(
  checkout: string,
  { podNetwork }: HostsClusterConfig,
): { podNetwork: PodNetwork; problem?: SpecProblem } {
  if (podNetwork === "routes") return { podNetwork };
  const refused = (allowed: string): { podNetwork: PodNetwork; problem: SpecProblem } => {
    const { manifests } = podNetwork;
    const fix = `render it by its own tool: helm template cilium cilium/cilium … > ${manifests}`;
    const path = ["podNetwork", "manifests"];
    return { podNetwork: { manifests: "" }, problem: { path, given: manifests, allowed, fix } };
  };
  const file = join(checkout, podNetwork.manifests);
  if (!existsSync(file)) return refused("a file of this checkout");
  const text = readFileSync(file, "utf8");
  const documents = parseAllDocuments(text);
  const whole = documents.every(({ errors }) => errors.length === 0);
  const objects = whole ? documents.map((each) => each.toJSON() as { kind?: string } | null) : [];
  if (!objects.some((object) => object?.kind === "DaemonSet"))
    return refused("manifests in YAML, with a DaemonSet that gives each node its network");
  return { podNetwork: { manifests: text } };
}

/** The state of a cluster that this stack creates, for its backups. */
export const etcdOf = (cluster: string): BackupSource => ({
  part: "etcd",
  holds: `etcd of cluster ${cluster}`,
});
