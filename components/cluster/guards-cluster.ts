import type { ClusterFacts } from "../shared/machine/cluster-facts";
import { isKnown, type FactsByHost } from "../shared/machine/facts";
import type { SpecProblem } from "../shared/machine/machine";
import { clusterOf, PlanningContext } from "./context";
import { outdated } from "./operations";
import { activeHosts, type ClusterSpec, type HostSpec } from "../shared/cluster-spec";

/** Changes that the existing cluster does not allow; pure. */
export function clusterProblems(spec: ClusterSpec, gathered: FactsByHost): SpecProblem[] {
  const cluster = clusterOf(spec, gathered);
  if (cluster === undefined) return silentCluster(spec, gathered);
  const problems: SpecProblem[] = [];
  if (cluster.pods !== "" && cluster.pods !== spec.networks.pods) {
    problems.push({
      path: ["networks", "pods"],
      given: spec.networks.pods,
      allowed: `${cluster.pods}, which the cluster was made with: its nodes and pods have addresses of it`,
      fix: "put it back; another network is another cluster",
    });
  }
  return [
    ...problems,
    ...podNetworkProblems(spec, cluster, gathered),
    ...versionProblems(spec, cluster),
    ...upgradeProblems(spec, gathered),
    ...quorumProblems(spec, cluster, gathered),
    ...strangers(spec, cluster, gathered),
  ];
}

/** The pod network of an existing cluster must not change. */
function podNetworkProblems(
  { podNetwork, hosts }: ClusterSpec,
  cluster: ClusterFacts,
  gathered: FactsByHost,
): SpecProblem[] {
  const byRoutes = hosts.some(({ name }) => {
    const facts = gathered.get(name);
    return isKnown(facts) && facts.marks["network"] !== undefined;
  });
  const has = cluster.podNetwork !== undefined ? "manifests" : byRoutes ? "routes" : undefined;
  const wanted = podNetwork === "routes" ? "routes" : "manifests";
  if (has === undefined || has === wanted) return [];
  return [
    {
      path: ["podNetwork"],
      given: wanted,
      allowed: `${has}, which the cluster was made with: its pods have addresses by it`,
      fix: "put it back; another network of the pods is another cluster",
    },
  ];
}

/** A cluster that exists but does not answer must not be initialised again. */
function silentCluster(spec: ClusterSpec, gathered: FactsByHost): SpecProblem[] {
  const planes = activeHosts(spec, "control-plane");
  const joined = planes.filter(({ name }) => {
    const facts = gathered.get(name);
    return (
      isKnown(facts) && facts.joined && (facts.marks["init"] ?? facts.marks["join"]) !== undefined
    );
  });
  if (joined.length === 0) return [];
  const down = planes.filter(({ name }) => !isKnown(gathered.get(name))).map(({ name }) => name);
  return [
    {
      path: ["hosts"],
      given: `no API server answers on ${joined.map(({ name }) => name).join(", ")}${down.length === 0 ? "" : `; ${down.join(", ")} cannot be reached`}`,
      allowed: `a cluster that answers: etcd needs ${Math.floor(planes.length / 2) + 1} of its ${planes.length} members`,
      fix: "start the machines that are down, and nothing is lost; if they are gone for good, restore etcd on one of those left: slipway backup restore etcd --in-place",
    },
  ];
}

function versionProblems(spec: ClusterSpec, { nodes }: ClusterFacts): SpecProblem[] {
  const wanted = numbers(spec.version);
  const path = ["version"];
  const versions = nodes.map(({ version }) => version);
  const newest = versions.sort((a, b) => compare(numbers(a), numbers(b))).at(-1);
  const oldest = versions[0];
  if (newest === undefined || oldest === undefined) return [];
  if (compare(wanted, numbers(newest)) < 0)
    return [
      {
        path,
        given: spec.version,
        allowed: `${newest} or newer, which runs: Kubernetes does not go back`,
      },
    ];
  const [, minor = 0] = wanted;
  const [, from = 0] = numbers(oldest);
  if (minor - from <= 1) return [];
  return [
    {
      path,
      given: spec.version,
      allowed: `at most one minor version above ${oldest}, which runs`,
      fix: `go by v1.${from + 1} first`,
    },
  ];
}

/** An upgrade needs a healthy cluster, and no other change at the same time. */
function upgradeProblems(spec: ClusterSpec, gathered: FactsByHost): SpecProblem[] {
  const context = new PlanningContext(spec, gathered);
  const old = spec.hosts.flatMap((host) => outdated(context, host) ?? []);
  if (old.length === 0) return [];
  const refuse = (name: string, given: string, fix: string): SpecProblem => ({
    path: ["hosts", name],
    given,
    allowed: `all machines as they are while the version goes from ${old[0] ?? ""} to ${spec.version}`,
    fix: `${fix}; until then: version: ${old[0] ?? ""}`,
  });
  return spec.hosts.flatMap((host) => {
    const { name, role, absent } = host;
    const known = context.facts(host) !== undefined;
    const node = context.node(host);
    if (absent) return node === undefined ? [] : [refuse(name, "it leaves", "let it leave first")];
    if (role === "control-plane" && !known)
      return [refuse(name, "it cannot be reached", "bring it back, or let it leave by `absent`")];
    const isNew = node === undefined || context.isStale(host);
    return isNew ? [refuse(name, "it is new", "add it before the upgrade, or after")] : [];
  });
}

/** After a removal the healthy members of etcd must have a majority. */
function quorumProblems(
  spec: ClusterSpec,
  { members, nodes }: ClusterFacts,
  gathered: FactsByHost,
): SpecProblem[] {
  const leaving = spec.hosts.filter(
    ({ name, role, absent }) =>
      absent && role === "control-plane" && nodes.some((node) => node.name === name),
  );
  if (members === undefined) return leaving.map(unknownMembers);
  const inEtcd = spec.hosts.filter(({ name }) => members.some((member) => member.name === name));
  const lives = ({ name }: HostSpec): boolean => isKnown(gathered.get(name));
  let [count, living] = [members.length, inEtcd.filter(lives).length];
  for (const host of inEtcd.filter(({ absent }) => absent)) {
    count -= 1;
    if (lives(host)) living -= 1;
    if (count === 0 || living * 2 > count) continue;
    return [
      {
        path: ["hosts", host.name, "absent"],
        given: true,
        allowed: `to leave a majority of etcd's members that lives: without it ${living} of ${count} would`,
        fix: "bring the control planes that are down back first, or add others",
      },
    ];
  }
  return [];
}

/** The members of etcd are unknown, so the majority after a control plane's removal is too. */
const unknownMembers = ({ name }: HostSpec): SpecProblem => ({
  path: ["hosts", name, "absent"],
  given: true,
  allowed: "to leave while etcd tells its members: the API server answers, etcd did not",
  fix: "look on a control plane: crictl logs of etcd, journalctl -u kubelet; then try again",
});

/** Nodes that no machine of the settings matches. */
function strangers(
  { hosts }: ClusterSpec,
  { nodes }: ClusterFacts,
  gathered: FactsByHost,
): SpecProblem[] {
  const unnamed = nodes.filter(({ name }) => !hosts.some((host) => host.name === name));
  return unnamed.map(({ name, machineId }) => {
    const renamed = hosts.find((host) => {
      const facts = gathered.get(host.name);
      return isKnown(facts) && facts.machineId === machineId;
    });
    return {
      path: ["hosts"],
      given: `nothing of ${name}, which is a node of the cluster`,
      allowed: "every node of the cluster by its name",
      fix:
        renamed === undefined
          ? `to take it out: put it back with \`absent: true\`; it may go from here when it is gone`
          : `${renamed.name} is that machine: add \`node: ${name}\` to it, for a node keeps its name`,
    };
  });
}

const numbers = (version: string): number[] => version.replace("v", "").split(".").map(Number);

function compare(a: readonly number[], b: readonly number[]): number {
  const index = a.findIndex((number, at) => number !== b[at]);
  return index < 0 ? 0 : (a[index] ?? 0) - (b[index] ?? 0);
}

/** Days until the first certificate of a control plane expires; undefined where unknown. */
export function certificateDays(gathered: FactsByHost): number | undefined {
  const days = [...gathered.values()].flatMap((facts) =>
    isKnown(facts) && facts.certificateDays !== undefined ? [facts.certificateDays] : [],
  );
  return days.length === 0 ? undefined : Math.min(...days);
}

/** Warning of certificates that expire soon; undefined while there is time. */
export function certificateWarning(
  { renewBelowDays }: Pick<ClusterSpec, "renewBelowDays">,
  days: number | undefined,
): string | undefined {
  if (days === undefined || days >= renewBelowDays) return undefined;
  return `the control plane's certificates end in ${days} days: this update makes new ones, or the next \`pulumi up\` does`;
}
