import { isKnown, type HostFacts, type FactsByHost } from "../shared/machine/facts";
import { machineProblems, portProblems, unreachableProblem } from "../shared/machine/guards";
import type { SpecProblem } from "../shared/machine/machine";
import { clusterOf } from "./context";
import { lacking } from "./packages";
import { apiPort, type ClusterSpec, type HostSpec } from "../shared/cluster-spec";

/** Minimum sizes of machines. */
const limits = {
  /** MiB below `/var/lib`. */
  freeDisk: 8 * 1024,
  /** MiB. */
  memory: { "control-plane": 1700, worker: 900 },
  processors: { "control-plane": 2, worker: 1 },
} as const;

/** Ports of a node's own components, and which component listens on each. */
const ports: Readonly<Record<number, { who: string; on: "control-plane" | "every" }>> = {
  [apiPort]: { who: "kube-apiserver", on: "control-plane" },
  2379: { who: "etcd", on: "control-plane" },
  2380: { who: "etcd", on: "control-plane" },
  10250: { who: "kubelet", on: "every" },
  10257: { who: "kube-controller", on: "control-plane" },
  10259: { who: "kube-scheduler", on: "control-plane" },
};

/** Problems of a machine's facts for its role; pure. */
export function hostProblems(
  spec: ClusterSpec,
  host: HostSpec,
  gathered: FactsByHost,
): SpecProblem[] {
  const facts = gathered.get(host.name);
  const refuse: Refuse = (given, allowed, fix) => ({
    path: ["hosts", host.name],
    given,
    allowed,
    fix,
  });
  if (!isKnown(facts)) return unreachable(spec, host, gathered);
  if (host.absent) return holdsAddress(spec, facts, refuse);
  return [
    ...machineProblems(host, facts),
    ...systemProblems(spec, facts, refuse),
    ...roomProblems(host, facts, refuse),
    ...missingPrograms(spec, host, facts, refuse),
    ...portProblems(host, facts, portsOf(spec, host)),
    ...otherCluster(spec, host, gathered, refuse),
  ];
}

type Refuse = (given: unknown, allowed: string, fix: string) => SpecProblem;

/** An operating system that is not supported, or not with this source of packages. */
function systemProblems(
  { packages }: ClusterSpec,
  { os, swap, missingModules }: HostFacts,
  refuse: Refuse,
): SpecProblem[] {
  const problems: SpecProblem[] = [];
  if (os.architecture !== "x86_64" && os.architecture !== "aarch64")
    problems.push(refuse(os.architecture, "an x86_64 or aarch64 machine", "take another one"));
  if (packages.from === "apt" && !["debian", "ubuntu"].includes(os.id))
    problems.push(
      refuse(os.id, "Debian or Ubuntu, for packages come by apt", "set `packages.from`"),
    );
  if (packages.from === "dnf" && ["debian", "ubuntu", "alpine", "arch"].includes(os.id))
    problems.push(refuse(os.id, "a system that has dnf", "set `packages.from`"));
  if (swap.length > 0)
    problems.push(
      refuse(
        swap,
        "no swap: kubelet does not start beside it",
        "swapoff -a, and take it out of /etc/fstab",
      ),
    );
  if (missingModules.length > 0)
    problems.push(
      refuse(
        missingModules,
        "a kernel with these modules",
        "install the kernel's full modules package",
      ),
    );
  return problems;
}

/** A machine that is too small for its role. */
function roomProblems(
  { role }: HostSpec,
  { joined, freeDisk, memory, processors }: HostFacts,
  refuse: Refuse,
): SpecProblem[] {
  const problems: SpecProblem[] = [];
  // `!(a >= b)`: a fact that is not a number (NaN) is not enough either.
  if (!joined && !(freeDisk >= limits.freeDisk))
    problems.push(
      refuse(
        `${freeDisk} MiB free below /var/lib`,
        `at least ${limits.freeDisk} MiB`,
        "make room, or mount a larger disk there",
      ),
    );
  if (!(memory >= limits.memory[role]))
    problems.push(
      refuse(
        `${memory} MiB of memory`,
        `at least ${limits.memory[role]} MiB for a ${role}`,
        "give it more",
      ),
    );
  if (!(processors >= limits.processors[role]))
    problems.push(
      refuse(
        `${processors} processor`,
        `at least ${limits.processors[role]} for a ${role}`,
        "give it more",
      ),
    );
  return problems;
}

/** Missing programs of a machine with `preinstalled` packages. */
function missingPrograms(
  spec: ClusterSpec,
  { role }: HostSpec,
  facts: HostFacts,
  refuse: Refuse,
): SpecProblem[] {
  const missing = lacking(spec, role, facts);
  if (spec.packages.from !== "preinstalled" || missing.length === 0) return [];
  return [
    refuse(
      missing,
      `these programs, kubeadm and kubelet in ${spec.version}: \`packages.from\` says that they are installed already`,
      facts.joined
        ? "put them beside what runs, which goes on until its turn in the upgrade; or let apt or dnf do it"
        : "install them, or let apt or dnf do it",
    ),
  ];
}

/** Ports that a machine needs, and which component listens on each. */
function portsOf({ endpoint }: ClusterSpec, { role }: HostSpec): (readonly [number, string])[] {
  const plane = role === "control-plane";
  return [
    ...Object.entries(ports)
      .filter(([, { on }]) => plane || on === "every")
      .map(([port, { who }]) => [Number(port), who] as const),
    ...(plane ? [[endpoint.port, "haproxy"] as const] : []),
  ];
}

/** A machine that is a node, but not of this cluster. */
function otherCluster(
  spec: ClusterSpec,
  host: HostSpec,
  gathered: FactsByHost,
  refuse: Refuse,
): SpecProblem[] {
  const facts = gathered.get(host.name);
  const cluster = clusterOf(spec, gathered);
  if (!isKnown(facts) || !facts.joined || facts.marks["join"] || facts.marks["init"]) return [];
  if (cluster?.nodes.some(({ machineId }) => machineId === facts.machineId)) return [];
  // The phases before `kubeadm join` have run: a run of ours was killed during the join.
  if (facts.marks["runtime"]) return [];
  return [
    refuse(
      "a node of another cluster: /etc/kubernetes/kubelet.conf is there, and nothing of ours",
      "a machine that is no node yet, or one of this cluster",
      "if nothing runs there any more, on the machine: kubeadm reset",
    ),
  ];
}

/** An unreachable machine must be a node of the cluster that the change does not need. */
function unreachable(spec: ClusterSpec, host: HostSpec, gathered: FactsByHost): SpecProblem[] {
  const facts = gathered.get(host.name);
  const known = clusterOf(spec, gathered)?.nodes.some(({ name }) => name === host.name) === true;
  if (known || host.absent || facts === undefined || isKnown(facts)) return [];
  return [
    unreachableProblem(
      host,
      facts.unreachable,
      "a machine that lets us in: it is no node yet, so nothing can be done without it",
    ),
  ];
}

/** A machine that holds the virtual address must give it up before it leaves. */
function holdsAddress(spec: ClusterSpec, facts: HostFacts, refuse: Refuse): SpecProblem[] {
  const { address } = spec.endpoint;
  if (!facts.addresses.has(address)) return [];
  return [
    refuse(
      `it has the endpoint's address ${address} now`,
      "a machine that leaves without it: clients would be cut off while it is reset",
      "on the machine, which hands it to another: systemctl stop keepalived",
    ),
  ];
}
