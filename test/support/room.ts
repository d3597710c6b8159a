import type { ClusterFacts } from "../../components/shared/machine/cluster-facts";
import type { GatheredFacts, FactsByHost, HostFacts } from "../../components/shared/machine/facts";
import type { SpecProblem } from "../../components/shared/machine/machine";
import { clusterProblems } from "../../components/cluster/guards-cluster";
import { hostProblems } from "../../components/cluster/guards-host";
import { planCluster } from "../../components/cluster/plan";
import { specProblems } from "../../components/cluster/spec";
import type { ClusterSpec, HostSpec, HostRole } from "../../components/shared/cluster-spec";

/** A machine of the room; its number is the last of its address. */
export function machine(name: string, role: HostRole, more: Partial<HostSpec> = {}): HostSpec {
  const number = 10 + Number(name.replace(/\D/g, ""));
  return {
    name,
    role,
    address: `10.0.0.${number}`,
    hostKey: "ssh-ed25519 AAAA",
    ssh: { user: "ops", port: 22, key: "roomKey" },
    labels: {},
    taints: [],
    absent: false,
    ...more,
  };
}

/** Three control planes and a worker. */
export const machines: readonly HostSpec[] = [
  ...["t01", "t02", "t03"].map((name) => machine(name, "control-plane")),
  machine("t04", "worker"),
];

/** A cluster of those machines. */
export function room(more: Partial<ClusterSpec> = {}): ClusterSpec {
  return {
    name: "room",
    version: "v1.36.1",
    endpoint: { name: "k8s.room.example", address: "10.0.0.100", port: 8443 },
    networks: { pods: "10.244.0.0/16", services: "10.96.0.0/16" },
    podNetwork: "routes",
    proxy: "iptables",
    mirrors: {},
    authorities: {},
    hosts: machines,
    packages: { from: "preinstalled", repositories: [] },
    drain: { timeoutSeconds: 300, workersAtOnce: 1 },
    renewBelowDays: 30,
    defragment: { below: 0.5, above: 100 },
    prepull: [],
    ...more,
  };
}

/** Facts of a machine after installation, before any phase. */
export function blank(name: string, more: Partial<HostFacts> = {}): HostFacts {
  const programs = Object.fromEntries(
    [
      ...["containerd", "runc", "kubelet", "kubeadm", "kubectl"],
      ...["/opt/cni/bin/bridge", "conntrack", "iptables", "keepalived", "haproxy"],
    ].map((program) => [program, /^kube/.test(program) ? "v1.36.1" : "1.0"]),
  );
  const address = machines.find((each) => each.name === name)?.address ?? "10.0.0.99";
  return {
    machineId: `id-${name}`,
    os: { id: "debian", version: "12", kernel: "6.1", architecture: "x86_64" },
    root: true,
    cgroup: "v2",
    swap: [],
    clockSkew: 0,
    missingModules: [],
    confined: false,
    freeDisk: 40_000,
    memory: 4000,
    processors: 2,
    listening: new Map(),
    programs,
    marks: {},
    runs: 0,
    images: {},
    addresses: new Map([[address, "eth0"]]),
    networks: [`${address}/24`],
    peers: [],
    running: [],
    joined: false,
    ...more,
  };
}

/** The API servers' data if every named machine is a node. */
export function clusterOf(
  names: readonly string[],
  more: Partial<ClusterFacts> = {},
): ClusterFacts {
  return {
    nodes: names.map((name) => ({
      name,
      machineId: `id-${name}`,
      ready: true,
      version: "v1.36.1",
      unschedulable: false,
      renewed: 0,
      defragmented: false,
    })),
    members: names.filter((name) => name !== "t04").map((name) => ({ name, id: `m-${name}` })),
    pods: "10.244.0.0/16",
    dns: names.slice(0, 2),
    ...more,
  };
}

/** Facts of blank machines. */
export const allBlank = (spec: ClusterSpec = room()): Map<string, GatheredFacts> =>
  new Map(spec.hosts.map(({ name }) => [name, blank(name)]));

/**
 * Facts of the machines after a run of all due phases: each has recorded its marks, runs its services and is a node. Unreachable
 * ones stay unchanged.
 */
export function afterRun(spec: ClusterSpec, found: FactsByHost): Map<string, GatheredFacts> {
  const { phases, operations } = planCluster(spec, found);
  const all = [...phases, ...operations.flat()];
  const known = [...found].filter(([, facts]) => !("unreachable" in facts)).map(([name]) => name);
  const stay = known.filter((name) =>
    spec.hosts.some((host) => host.name === name && !host.absent),
  );
  return new Map(
    [...found].map(([name, facts]) => {
      if ("unreachable" in facts || !stay.includes(name)) return [name, facts];
      const marks = { ...facts.marks };
      for (const { phase, on, mark, why } of all)
        if (on.name === name && why !== undefined && mark !== undefined) marks[phase] = mark;
      const running = ["containerd", "kubelet", "haproxy", "keepalived"];
      const plane = spec.hosts.some((host) => host.name === name && host.role === "control-plane");
      const cluster = plane ? { cluster: clusterOf(stay) } : {};
      return [name, { ...facts, marks, running, joined: true, ...cluster }];
    }),
  );
}

/** Due phases, as `t01: system → runtime`. */
export function due(spec: ClusterSpec, found: FactsByHost): string[] {
  const { phases, operations } = planCluster(spec, found);
  const all = [...phases, ...operations.flat()];
  return spec.hosts.flatMap(({ name }) => {
    const mine = all.filter(({ host, why }) => host.name === name && why !== undefined);
    return mine.length === 0 ? [] : [`${name}: ${mine.map(({ phase }) => phase).join(" → ")}`];
  });
}

/** Text of a problem: where, given, allowed, fix. */
export const told = ({ path, given, allowed, fix }: SpecProblem): string[] => [
  path.join("."),
  ...(given === undefined ? [] : [JSON.stringify(given)]),
  allowed,
  ...(fix === undefined ? [] : [fix]),
];

/** All objections. */
export function violations(spec: ClusterSpec, found: FactsByHost): string[][] {
  const problems = [
    ...specProblems(spec),
    ...spec.hosts.flatMap((host) => hostProblems(spec, host, found)),
    ...clusterProblems(spec, found),
  ];
  return problems.map(told);
}
