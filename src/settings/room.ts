import type * as pulumi from "@pulumi/pulumi";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import {
  certificateDays,
  certificateWarning,
  clusterProblems,
} from "../../components/cluster/guards-cluster";
import { hostProblems } from "../../components/cluster/guards-host";
import { planCluster, type ClusterPlan } from "../../components/cluster/plan";
import { specProblems, type ClusterSpec, type PodNetwork } from "../../components/cluster/spec";
import type { FoundHosts } from "../../components/shared/machine/facts";
import type { SpecProblem } from "../../components/shared/machine/machine";
import type { Problem } from "../../components/shared/problem";
import { keyProblems, reachedBy } from "./machines";
import { place, type Document } from "./problems";
import type { HostsCluster } from "./room-schema";

/** A cluster that this stack makes on machines of its own. */
export interface Room {
  kind: "hosts";
  spec: ClusterSpec;
  plan: ClusterPlan;
  /** Private keys by the name of the secret. */
  keys: Readonly<Record<string, pulumi.Output<string>>>;
  /** Days until the first certificate of the control plane ends; absent while there is none. */
  certificateDays?: number | undefined;
  /** What there is to say of it that stops nothing. */
  warnings: readonly string[];
}

/** What a room is found by. */
export interface RoomArgs {
  /** Folder that files are named from. */
  checkout: string;
  document: Document;
  cluster: HostsCluster;
  secrets: Readonly<Record<string, pulumi.Output<string>>>;
  /** Certificates that machines believe hosts by: host → PEM. */
  authorities: Readonly<Record<string, string>>;
  /** What was found of the machines; undefined when nobody has looked, and nothing is to be done to them. */
  found: FoundHosts | undefined;
}

/**
 * What the settings say of a cluster, without what they leave to defaults of their neighbours; of manifests, their path. A
 * machine is called what its node is, which keeps its name for life, whatever the settings call the machine.
 */
export const specOf = ({ ssh, hosts, ...cluster }: HostsCluster): ClusterSpec => ({
  ...cluster,
  authorities: {},
  hosts: reachedBy(
    ssh,
    Object.fromEntries(
      Object.entries(hosts).map(([key, { node = key, ...host }]) => [node, host] as const),
    ),
  ),
});

/** A path below the cluster, with a machine as the settings call it. */
function asCalled({ hosts }: HostsCluster, path: readonly string[]): readonly string[] {
  const [part, name, ...rest] = path;
  const called = Object.entries(hosts).find(([key, { node = key }]) => node === name);
  return part === "hosts" && called !== undefined ? [part, called[0], ...rest] : path;
}

/** Machines that would be one node together, by what the settings call them. */
function sharedNodes({ hosts }: HostsCluster): SpecProblem[] {
  const owner = new Map<string, string>();
  return Object.entries(hosts).flatMap(([key, { node = key }]) => {
    const other = owner.get(node);
    owner.set(node, other ?? key);
    if (other === undefined) return [];
    const allowed = `a node of its own; ${other} is ${node}`;
    return [{ path: ["hosts", key, "node"], given: node, allowed }];
  });
}

/** The room as it is to be made; every problem with its settings and its machines at once. */
export function readRoom(args: RoomArgs): { room: Room; problems: Problem[] } {
  const { checkout, document, cluster, secrets, authorities, found } = args;
  const { podNetwork, problem } = readPodNetwork(checkout, cluster);
  const spec = { ...specOf(cluster), podNetwork, authorities };
  const looked = found ?? new Map();
  const names = [...new Set(spec.hosts.map(({ ssh }) => ssh.key))];
  const missing = names.filter((name) => secrets[name] === undefined);
  const problems = [
    ...specProblems(spec),
    ...(problem === undefined ? [] : [problem]),
    ...keyProblems(spec.hosts, found, missing),
  ];
  if (found !== undefined && problems.length === 0) {
    problems.push(...spec.hosts.flatMap((host) => hostProblems(spec, host, found)));
    problems.push(...clusterProblems(spec, found));
  }
  const days = certificateDays(looked);
  const warning = certificateWarning(spec, days);
  const keys = Object.fromEntries(
    names.flatMap((name) => {
      const secret = secrets[name];
      return secret === undefined ? [] : [[name, secret] as const];
    }),
  );
  const room = {
    ...{ kind: "hosts" as const, spec, plan: planCluster(spec, looked), keys },
    certificateDays: days,
    warnings: warning === undefined ? [] : [warning],
  };
  return {
    room,
    problems: [
      ...sharedNodes(cluster),
      ...problems.map((each) => ({ ...each, path: asCalled(cluster, each.path) })),
    ].map(({ path, ...problem }) => place(document, ["cluster", ...path], problem)),
  };
}

/** The manifests that a pods' network comes by; a file without one would leave a cluster without a network. */
function readPodNetwork(
  checkout: string,
  { podNetwork }: HostsCluster,
): { podNetwork: PodNetwork; problem?: SpecProblem } {
  if (podNetwork === "routes") return { podNetwork };
  const refused = (allowed: string): { podNetwork: PodNetwork; problem: SpecProblem } => {
    const { manifests } = podNetwork;
    const mend = `render it by its own tool: helm template cilium cilium/cilium … > ${manifests}`;
    const path = ["podNetwork", "manifests"];
    return { podNetwork: { manifests: "" }, problem: { path, given: manifests, allowed, mend } };
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
