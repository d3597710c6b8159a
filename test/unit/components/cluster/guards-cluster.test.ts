import assert from "node:assert/strict";
import type { ClusterFacts } from "../../../../components/shared/machine/cluster-facts";
import type {
  GatheredFacts,
  FactsByHost,
  HostFacts,
} from "../../../../components/shared/machine/facts";
import {
  certificateDays,
  certificateWarning,
  clusterProblems,
} from "../../../../components/cluster/guards-cluster";
import {
  afterRun,
  allBlank,
  blank,
  machine,
  machines,
  violations,
  room,
  told,
} from "../../../support/room";
import type { ClusterSpec } from "../../../../components/shared/cluster-spec";

const gone = { unreachable: "nobody answers" };
const converged = (): Map<string, GatheredFacts> => afterRun(room(), allBlank());

function known(gathered: FactsByHost, name: string): HostFacts {
  const facts = gathered.get(name);
  assert.ok(facts !== undefined && !("unreachable" in facts));
  return facts;
}

/** The running cluster, with a changed view of every API server. */
function seen(change: (cluster: ClusterFacts) => ClusterFacts): Map<string, GatheredFacts> {
  const gathered = converged();
  for (const [name, facts] of gathered) {
    if ("unreachable" in facts || facts.cluster === undefined) continue;
    gathered.set(name, { ...facts, cluster: change(facts.cluster) });
  }
  return gathered;
}

/** The running cluster, with a machine under another name. */
function renamed(name: string, to: string): Map<string, GatheredFacts> {
  const { [name]: machine, ...others } = Object.fromEntries(converged());
  assert.ok(machine);
  return new Map(Object.entries({ ...others, [to]: machine }));
}

const leaves = (...names: string[]): ClusterSpec =>
  room({ hosts: machines.map((host) => ({ ...host, absent: names.includes(host.name) })) });

/** Changes that a running cluster must refuse. */
const wishes: Record<string, [ClusterSpec, Map<string, GatheredFacts>, string[][]]> = {
  "another network of pods": [
    room({ networks: { pods: "10.200.0.0/16", services: "10.96.0.0/16" } }),
    converged(),
    [
      [
        "networks.pods",
        '"10.200.0.0/16"',
        "10.244.0.0/16, which the cluster was made with: its nodes and pods have addresses of it",
        "put it back; another network is another cluster",
      ],
    ],
  ],
  "an older version": [
    room({ version: "v1.35.9", packages: { from: "apt", repositories: [] } }),
    converged(),
    [["version", '"v1.35.9"', "v1.36.1 or newer, which runs: Kubernetes does not go back"]],
  ],
  "two minor versions at once": [
    room({ version: "v1.38.0", packages: { from: "apt", repositories: [] } }),
    converged(),
    [
      [
        "version",
        '"v1.38.0"',
        "at most one minor version above v1.36.1, which runs",
        "go by v1.37 first",
      ],
    ],
  ],
  "a node that the settings have lost": [
    room({ hosts: machines.filter(({ name }) => name !== "t04") }),
    converged(),
    [
      [
        "hosts",
        '"nothing of t04, which is a node of the cluster"',
        "every node of the cluster by its name",
        "to take it out: put it back with `absent: true`; it may go from here when it is gone",
      ],
    ],
  ],
  "a node whose machine the settings call otherwise": [
    room({
      hosts: machines.map((host) => (host.name === "t04" ? { ...host, name: "w04" } : host)),
    }),
    renamed("t04", "w04"),
    [
      [
        "hosts",
        '"nothing of t04, which is a node of the cluster"',
        "every node of the cluster by its name",
        "w04 is that machine: add `node: t04` to it, for a node keeps its name",
      ],
    ],
  ],
  "a living control plane to leave while another is down": [
    leaves("t02"),
    new Map([...converged(), ["t03", gone] as const]),
    [
      [
        "hosts",
        '"2 control planes"',
        "an odd number of control planes: with an even one, one loss more is not survived",
        "make it 1 or 3",
      ],
      [
        "hosts.t02.absent",
        "true",
        "to leave a majority of etcd's members that lives: without it 1 of 2 would",
        "bring the control planes that are down back first, or add others",
      ],
    ],
  ],
  "a control plane to leave while etcd does not list its members": [
    leaves("t02", "t04"),
    seen(({ nodes, pods, dns }) => ({ nodes, pods, dns })),
    [
      [
        "hosts",
        '"2 control planes"',
        "an odd number of control planes: with an even one, one loss more is not survived",
        "make it 1 or 3",
      ],
      [
        "hosts.t02.absent",
        "true",
        "to leave while etcd tells its members: the API server answers, etcd did not",
        "look on a control plane: crictl logs of etcd, journalctl -u kubelet; then try again",
      ],
    ],
  ],
  "a new machine that cannot be reached": [
    room({ hosts: [...machines, machine("t05", "worker")] }),
    new Map([...converged(), ["t05", gone] as const]),
    [
      [
        "hosts.t05",
        '"nobody answers"',
        "a machine that lets us in: it is no node yet, so nothing can be done without it",
        "by hand: ssh -p 22 ops@10.0.0.15; or leave the machine out for now",
      ],
    ],
  ],
};

describe("a cluster is refused", () => {
  for (const [what, [spec, gathered, expected]] of Object.entries(wishes)) {
    it(what, () => {
      assert.deepEqual(violations(spec, gathered), expected);
    });
  }

  it("to reset the machine that has the endpoint's address", () => {
    const gathered = converged();
    gathered.set("t04", {
      ...known(gathered, "t04"),
      addresses: new Map([["10.0.0.100", "eth0"]]),
    });
    assert.deepEqual(violations(leaves("t04"), gathered), [
      [
        "hosts.t04",
        '"it has the endpoint\'s address 10.0.0.100 now"',
        "a machine that leaves without it: clients would be cut off while it is reset",
        "on the machine, which hands it to another: systemctl stop keepalived",
      ],
    ]);
  });

  it("to create a cluster again that has lost its majority, with how to recover", () => {
    const gathered = converged();
    for (const name of ["t02", "t03"]) gathered.set(name, gone);
    gathered.set("t01", { ...blank("t01"), marks: known(gathered, "t01").marks, joined: true });
    const [problem] = clusterProblems(room(), gathered);
    assert.deepEqual(problem && told(problem), [
      "hosts",
      '"no API server answers on t01; t02, t03 cannot be reached"',
      "a cluster that answers: etcd needs 2 of its 3 members",
      "start the machines that are down, and nothing is lost; if they are gone for good, restore etcd on one of those left: slipway backup restore etcd --in-place",
    ]);
  });
});

describe("a machine room is accepted", () => {
  it("machines as an installer leaves them", () => {
    assert.deepEqual(violations(room(), allBlank()), []);
  });

  it("a running cluster, with one machine down", () => {
    assert.deepEqual(violations(room(), converged()), []);
    assert.deepEqual(violations(room(), new Map([...converged(), ["t02", gone] as const])), []);
  });

  it("ports that its own parts listen on", () => {
    const gathered = converged();
    const listening = new Map([
      ...([
        [6443, "kube-apiserver"],
        [2379, "etcd"],
        [2380, "etcd"],
      ] as const),
      ...([
        [10250, "kubelet"],
        [10257, "kube-controller"],
        [10259, "kube-scheduler"],
      ] as const),
      [8443, "haproxy"] as const,
    ]);
    gathered.set("t01", { ...known(gathered, "t01"), listening });
    assert.deepEqual(violations(room(), gathered), []);
  });

  it("the next minor version, and the next patch", () => {
    for (const version of ["v1.36.2", "v1.37.0"]) {
      const spec = room({ version, packages: { from: "apt", repositories: [] } });
      assert.deepEqual(violations(spec, converged()), [], version);
    }
  });

  it("a dead control plane to leave while the others live", () => {
    const spec = leaves("t03");
    const hosts = [...spec.hosts, machine("t05", "control-plane")];
    const gathered = new Map([
      ...converged(),
      ["t03", gone] as const,
      ["t05", blank("t05")] as const,
    ]);
    assert.deepEqual(violations({ ...spec, hosts }, gathered), []);
  });

  it("nodes of every version while an upgrade is under way", () => {
    const gathered = seen((cluster) => ({
      ...cluster,
      nodes: cluster.nodes.map((node, index) => ({
        ...node,
        version: index === 0 ? "v1.36.2" : node.version,
      })),
    }));
    const spec = room({ version: "v1.36.2", packages: { from: "apt", repositories: [] } });
    assert.deepEqual(violations(spec, gathered), []);
  });
});

describe("certificates of the room", () => {
  it("are counted to the first that ends", () => {
    const gathered = new Map<string, GatheredFacts>([
      ["t01", blank("t01", { certificateDays: 40 })],
      ["t02", blank("t02", { certificateDays: 10 })],
      ["t03", gone],
      ["t04", blank("t04")],
    ]);
    assert.equal(certificateDays(gathered), 10);
    assert.equal(certificateDays(new Map([["t01", gone]])), undefined);
  });

  it("are reported when they are about to be recreated, and not before", () => {
    assert.equal(
      certificateWarning(room(), 29),
      "the control plane's certificates end in 29 days: this update makes new ones, or the next `pulumi up` does",
    );
    assert.equal(certificateWarning(room(), 30), undefined);
    assert.equal(certificateWarning(room({ renewBelowDays: 90 }), 80)?.includes("80 days"), true);
    assert.equal(certificateWarning(room(), undefined), undefined);
  });
});
