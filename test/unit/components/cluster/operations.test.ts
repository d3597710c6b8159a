import assert from "node:assert/strict";
import { planCluster } from "../../../../components/cluster/plan";
import type { ClusterFacts, NodeFacts } from "../../../../components/shared/machine/cluster-facts";
import type { GatheredFacts, HostFacts } from "../../../../components/shared/machine/facts";
import {
  afterRun,
  allBlank,
  due,
  machine,
  machines,
  violations,
  room,
} from "../../../support/room";
import type { ClusterSpec } from "../../../../components/shared/cluster-spec";

const newer = "v1.36.2";
const names = machines.map(({ name }) => name);

/** The running room, with machines and nodes changed by name. */
function converged(
  hosts: Record<string, Partial<HostFacts>> = {},
  nodes: Record<string, Partial<NodeFacts>> = {},
  more: Partial<ClusterFacts> = {},
  spec = room(),
): Map<string, GatheredFacts> {
  const gathered = afterRun(spec, allBlank(spec));
  for (const [name, facts] of gathered) {
    if ("unreachable" in facts) continue;
    const { cluster } = facts;
    const seen = cluster && {
      ...cluster,
      nodes: cluster.nodes.map((node) => ({ ...node, ...nodes[node.name] })),
      ...more,
    };
    gathered.set(name, { ...facts, ...(seen ? { cluster: seen } : {}), ...hosts[name] });
  }
  return gathered;
}

/** Machines with the newer programs installed, beside those they run. */
const prepared = (): Record<string, Partial<HostFacts>> =>
  Object.fromEntries(
    names.map((name): [string, Partial<HostFacts>] => {
      const facts = allBlank().get(name) as HostFacts;
      const programs = { ...facts.programs, kubeadm: newer, kubelet: newer };
      const images: Record<string, string> =
        name === "t04" ? {} : { "kube-apiserver": "v1.36.1", etcd: "3.6.6-0" };
      return [name, { programs, images }];
    }),
  );

/** Due operations of the cluster's upkeep, step by step. */
const steps = (spec: ClusterSpec, gathered: Map<string, GatheredFacts>): string[] =>
  planCluster(spec, gathered)
    .operations.map((step) =>
      step
        .filter(({ why }) => why !== undefined)
        .map(({ phase, host, on }) =>
          host === on ? `${phase} ${host.name}` : `${phase} ${host.name} by ${on.name}`,
        )
        .join(", "),
    )
    .filter((step) => step !== "");

const whole = (name: string): string =>
  name === "t01"
    ? "drain t01, upgrade t01, uncordon t01"
    : `drain ${name} by t01, upgrade ${name}, uncordon ${name} by t01`;

describe("an upgrade", () => {
  const spec = room({ version: newer });

  it("goes by the control planes one at a time, then by the workers", () => {
    assert.deepEqual(steps(spec, converged(prepared())), names.map(whole));
    assert.deepEqual(violations(spec, converged(prepared())), []);
  });

  it("takes as many workers at once as it may", () => {
    const hosts = [...machines, ...["t05", "t06"].map((name) => machine(name, "worker"))];
    const many = room({ hosts });
    const gathered = converged({}, {}, {}, many);
    const drain = { timeoutSeconds: 60, workersAtOnce: 2 };
    const wanted = steps({ ...many, version: newer, drain }, gathered).slice(3);
    assert.deepEqual(wanted, [`${whole("t04")}, ${whole("t05")}`, whole("t06")]);
  });

  it("shows for each machine what will be done", () => {
    assert.equal(
      planCluster(spec, converged(prepared())).lines[3],
      "t04 (worker, 10.0.0.14): drain → upgrade → uncordon: v1.36.1 becomes v1.36.2",
    );
  });

  it("is refused while machines do not have the newer programs, with the fix", () => {
    const told = violations(spec, converged());
    assert.deepEqual(told[3], [
      "hosts.t04",
      '["kubelet is v1.36.1","kubeadm is v1.36.1"]',
      "these programs, kubeadm and kubelet in v1.36.2: `packages.from` says that they are installed already",
      "put them beside what runs, which goes on until its turn in the upgrade; or let apt or dnf do it",
    ]);
    assert.equal(told.length, 4);
  });

  it("continues where it was killed", () => {
    const images = { "kube-apiserver": newer };
    const gathered = converged(
      { ...prepared(), t01: { ...prepared()["t01"], images } },
      {
        t01: { version: newer, upgraded: newer },
        t02: { unschedulable: true, cordoned: "drained" },
        t03: { unschedulable: true },
      },
    );
    assert.deepEqual(steps(spec, gathered), [
      "upgrade t02, uncordon t02 by t01",
      whole("t03"),
      whole("t04"),
    ]);
  });

  it("that was killed before the last step allows pods again", () => {
    const nodes = { t01: { version: newer }, t02: { version: newer }, t03: { version: newer } };
    const t04 = { version: newer, unschedulable: true, cordoned: "drained" };
    const images = { "kube-apiserver": newer };
    const hosts = Object.fromEntries(
      names.map((name) => [name, name === "t04" ? {} : { ...prepared()[name], images }]),
    );
    assert.deepEqual(steps(spec, converged(hosts, { ...nodes, t04 })), ["uncordon t04 by t01"]);
  });

  it("has nothing left to do, and stays declared", () => {
    const nodes = Object.fromEntries(
      names.map((name) => [name, { version: newer, upgraded: newer }]),
    );
    const hosts = Object.fromEntries(
      names.map((name) => {
        const facts = prepared()[name];
        return [name, name === "t04" ? facts : { ...facts, images: { "kube-apiserver": newer } }];
      }),
    ) as Record<string, Partial<HostFacts>>;
    const gathered = converged(hosts, nodes);
    assert.deepEqual(due(spec, gathered), []);
    assert.equal(
      planCluster(spec, gathered)
        .operations.flat()
        .filter(({ phase }) => phase === "upgrade").length,
      4,
    );
  });

  it("of a machine that is alone sends no pod away", () => {
    const alone = room({ hosts: machines.slice(0, 1) });
    const gathered = converged({}, {}, {}, alone);
    assert.deepEqual(steps({ ...alone, version: newer }, gathered), ["upgrade t01, uncordon t01"]);
  });

  it("is distinguished from every other run of it", () => {
    const runs = (count: number) =>
      planCluster(spec, converged({ ...prepared(), t01: { ...prepared()["t01"], runs: count } }))
        .operations.flat()
        .filter(({ host, phase }) => host.name === "t04" && phase === "drain")
        .map(({ run }) => run);
    assert.deepEqual([runs(3), runs(4)], [["4 on id-t01"], ["5 on id-t01"]]);
  });

  it("is refused beside other changes", () => {
    const hosts = [
      ...machines.map((host) => ({ ...host, absent: host.name === "t04" })),
      machine("t05", "worker"),
    ];
    const gathered = converged(prepared());
    gathered.set("t02", { unreachable: "nobody answers" });
    gathered.set("t05", {
      ...(prepared()["t04"] as HostFacts),
      ...(allBlank().get("t04") as HostFacts),
    });
    const told = violations({ ...spec, hosts }, gathered).filter(([, , allowed]) =>
      allowed?.startsWith("all machines as they are"),
    );
    assert.deepEqual(
      told.map(([where, given]) => [where, given]),
      [
        ["hosts.t02", '"it cannot be reached"'],
        ["hosts.t04", '"it leaves"'],
        ["hosts.t05", '"it is new"'],
      ],
    );
  });
});

describe("the upkeep of a cluster", () => {
  it("renews certificates before they end, one control plane after the other", () => {
    const gathered = converged({ t01: { certificateDays: 29 }, t03: { certificateDays: 2 } });
    assert.deepEqual(steps(room(), gathered), ["renew t01", "renew t03"]);
    assert.equal(planCluster(room(), gathered).renewals, 2);
    const after = converged({ t01: { certificateDays: 364 } }, { t01: { renewed: 1 } });
    assert.deepEqual(due(room(), after), []);
    assert.equal(planCluster(room(), after).renewals, 1);
  });

  it("continues with certificates that are new and not in use yet", () => {
    const marks = { ...(converged().get("t02") as HostFacts).marks, renewing: "" };
    const gathered = converged({ t02: { certificateDays: 364, marks } });
    assert.deepEqual(steps(room(), gathered), ["renew t02"]);
  });

  it("defragments etcd where little of a large file is in use, the leader last", () => {
    const MiB = 1024 * 1024;
    const etcd = (size: number, inUse: number, leads = false, full = false) => ({
      etcd: { size: size * MiB, inUse: inUse * MiB, leads, full },
    });
    assert.deepEqual(
      steps(
        room(),
        converged({ t01: etcd(400, 100, true), t02: etcd(400, 300), t03: etcd(300, 9) }),
      ),
      ["defragment t03", "defragment t01"],
    );
    assert.deepEqual(steps(room(), converged({ t01: etcd(90, 1) })), []);
    assert.deepEqual(steps(room(), converged({ t01: etcd(90, 80, false, true) })), [
      "defragment t01",
    ]);
    const { lines } = planCluster(room(), converged({ t02: etcd(400, 100) }));
    assert.match(lines[1] ?? "", /: defragment: etcd uses 100 of the 400 MiB that it takes$/);
  });

  it("spreads CoreDNS when it is on one machine, and there is a second that takes it", () => {
    const together = { dns: ["t01", "t01"] };
    assert.deepEqual(steps(room(), converged({}, {}, together)), ["spread t01"]);
    const hosts = machines.map((host) => ({
      ...host,
      taints: host.name === "t01" ? [] : [{ key: "only", effect: "NoSchedule" as const }],
    }));
    assert.deepEqual(steps(room({ hosts }), converged({}, {}, together)), []);
    assert.deepEqual(steps(room(), converged({}, {}, { dns: ["t01", "t02"] })), []);
  });
});
