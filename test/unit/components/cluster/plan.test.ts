import assert from "node:assert/strict";
import { labelsMark } from "../../../../components/cluster/labels";
import { planCluster } from "../../../../components/cluster/plan";
import type { GatheredFacts } from "../../../../components/shared/machine/facts";
import {
  afterRun,
  allBlank,
  blank,
  clusterOf,
  due,
  machine,
  machines,
  room,
} from "../../../support/room";
import { play } from "../../../support/shell";

const spec = room();
const converged = (): Map<string, GatheredFacts> => afterRun(spec, allBlank());
const plane = "packages → system → runtime → balancer → network";
const gone = { unreachable: "nobody answers" };

/** Whether a phase that removes a machine drains it, if it is still a node. */
const drains = (body: string, name: string): boolean =>
  play(body, { kubectl: "", hostname: "echo t01" }).calls.some((call) =>
    call.includes(` drain ${name} `),
  );

describe("the plan of a cluster", () => {
  it("creates it on the first control plane, and joins the others", () => {
    assert.deepEqual(due(spec, allBlank()), [
      `t01: ${plane} → init → spread`,
      `t02: ${plane} → join`,
      `t03: ${plane} → join`,
      "t04: packages → system → runtime → network → join",
    ]);
  });

  it("has nothing to do the second time", () => {
    assert.deepEqual(due(spec, converged()), []);
    assert.equal(planCluster(spec, converged()).joining, undefined);
  });

  it("is the same whatever order the machines are found in", () => {
    const backwards = new Map([...converged()].reverse());
    assert.deepEqual(planCluster(spec, backwards), planCluster(spec, converged()));
  });

  it("shows for each machine what is done to it and why", () => {
    const [first, , , last] = planCluster(spec, allBlank()).lines;
    assert.equal(
      first,
      "t01 (control-plane, 10.0.0.11): packages → system → runtime → balancer → network → init → spread: not done yet; CoreDNS is on one machine",
    );
    assert.match(last ?? "", /^t04 \(worker, 10\.0\.0\.14\): packages → /);
    assert.deepEqual(
      planCluster(spec, converged()).lines[3],
      "t04 (worker, 10.0.0.14): as it should be",
    );
  });

  /** Changes since the cluster was created, and the due phases. */
  const changes: Record<string, [(gathered: Map<string, GatheredFacts>) => void, string[]]> = {
    "a worker is added": [
      (gathered) => gathered.set("t04", blank("t04")),
      ["t04: packages → system → runtime → network → join"],
    ],
    "a machine has lost its runtime": [
      (gathered) =>
        gathered.set("t02", { ...known(gathered, "t02"), running: ["haproxy", "keepalived"] }),
      ["t02: runtime"],
    ],
    "a machine was killed before its last phase": [
      (gathered) => {
        const facts = known(gathered, "t03");
        const marks = without(facts.marks, "join", "network");
        gathered.set("t03", { ...facts, marks, joined: false });
      },
      ["t03: network → join"],
    ],
    "a machine is down": [(gathered) => gathered.set("t02", gone), []],
    "a worker came back blank": [
      (gathered) => gathered.set("t04", { ...blank("t04"), machineId: "other" }),
      ["t04: forget → packages → system → runtime → network → join"],
    ],
    "a control plane came back blank": [
      (gathered) => gathered.set("t02", { ...blank("t02"), machineId: "other" }),
      [`t02: forget → ${plane} → join`],
    ],
    "the one that the cluster began on came back blank": [
      (gathered) => gathered.set("t01", { ...blank("t01"), machineId: "other" }),
      [`t01: forget → ${plane} → join`],
    ],
  };
  for (const [what, [change, expected]] of Object.entries(changes)) {
    it(`when ${what}`, () => {
      const gathered = converged();
      change(gathered);
      assert.deepEqual(due(spec, gathered), expected);
    });
  }

  it("never creates a second cluster beside an existing one", () => {
    for (const name of ["t01", "t02", "t03"]) {
      const gathered = converged();
      gathered.set(name, { ...blank(name), machineId: "other" });
      const phases = planCluster(spec, gathered).phases.filter(
        ({ phase, why }) => phase === "init" && why !== undefined,
      );
      assert.deepEqual(phases, [], name);
    }
  });

  it("treats no machine as a non-member while etcd does not list its members", () => {
    const gathered = converged();
    for (const name of ["t01", "t02", "t03"]) {
      const { cluster = clusterOf([]), ...facts } = known(gathered, name);
      gathered.set(name, { ...facts, cluster: without(cluster, "members") });
    }
    assert.deepEqual(due(spec, gathered), []);
    // A machine that reports them is trusted.
    const { cluster = clusterOf([]), ...facts } = known(gathered, "t03");
    const members = [{ name: "t01", id: "m-t01" }];
    gathered.set("t03", { ...facts, cluster: { ...cluster, members } });
    assert.deepEqual(due(spec, gathered), ["t02: join", "t03: join"]);
  });

  it("continues where a killed `kubeadm init` stopped, and on no other machine", () => {
    const gathered = afterRun(spec, allBlank());
    for (const name of ["t01", "t02", "t03", "t04"]) {
      const facts = without(known(gathered, name), "cluster");
      const marks = without(facts.marks, "init", "join");
      gathered.set(name, { ...facts, marks, joined: name === "t01" });
    }
    assert.deepEqual(due(spec, gathered), [
      "t01: init → spread",
      "t02: join",
      "t03: join",
      "t04: join",
    ]);
  });

  it("drains and removes a leaving machine from one that stays, and then resets it", () => {
    const leaving = room({
      hosts: machines.map((host) => (host.name === "t04" ? { ...host, absent: true } : host)),
    });
    const { phases } = planCluster(leaving, converged());
    const [forget, reset] = phases.filter(({ host }) => host.name === "t04");
    assert.deepEqual(
      [forget?.phase, forget?.on.name, reset?.phase, reset?.on.name],
      ["forget", "t01", "reset", "t04"],
    );
    assert.ok(drains(forget?.body ?? "", "t04"));
    const after = converged();
    after.set("t04", { ...blank("t04") });
    for (const name of ["t01", "t02", "t03"])
      after.set(name, { ...known(after, name), cluster: clusterOf(["t01", "t02", "t03"]) });
    assert.deepEqual(due(leaving, after), []);
  });

  it("takes a dead machine out without draining it, and asks nothing of it", () => {
    const leaving = room({
      hosts: machines.map((host) => (host.name === "t03" ? { ...host, absent: true } : host)),
    });
    const gathered = converged();
    gathered.set("t03", gone);
    const mine = planCluster(leaving, gathered).phases.filter(({ host }) => host.name === "t03");
    assert.deepEqual(
      mine.map(({ phase, on }) => `${phase} on ${on.name}`),
      ["forget on t01"],
    );
    assert.ok(!drains(mine[0]?.body ?? "", "t03"));
  });

  it("asks for a new ticket each time that somebody wants in: the one before may have ended", () => {
    const joining = (runs: number): string | undefined =>
      planCluster(spec, allBlank().set("t01", blank("t01", { runs }))).joining;
    assert.deepEqual([joining(5), joining(6)], ["6 on id-t01", "7 on id-t01"]);
  });

  it("speaks by a control plane that answers", () => {
    const gathered = converged();
    gathered.set("t01", gone);
    assert.equal(planCluster(spec, gathered).primaryControlPlane?.name, "t02");
  });

  it("gives a node its labels once, and takes them away when they are no longer named", () => {
    const hosts = machines.map((host) =>
      host.name === "t04" ? { ...host, labels: { zone: "a" } } : host,
    );
    const gathered = converged();
    assert.deepEqual(due(room({ hosts }), gathered), ["t04: labels"]);
    const remember = (labelled: string | undefined): void => {
      for (const name of ["t01", "t02", "t03"]) {
        const cluster = clusterOf(["t01", "t02", "t03", "t04"]);
        const nodes = cluster.nodes.map((node) =>
          node.name === "t04" && labelled !== undefined ? { ...node, labelled } : node,
        );
        gathered.set(name, { ...known(gathered, name), cluster: { ...cluster, nodes } });
      }
    };
    remember(labelsMark(hosts[3] ?? machine("t04", "worker")));
    assert.deepEqual(due(room({ hosts }), gathered), []);
    assert.deepEqual(due(spec, gathered), ["t04: labels"]);
    remember("none");
    assert.deepEqual(due(spec, gathered), []);
  });

  it("runs settings again on the machines that they are about", () => {
    const gathered = converged();
    const mirrored = room({ mirrors: { "registry.k8s.io": ["http://10.0.0.5:5000"] } });
    assert.deepEqual(
      due(mirrored, gathered),
      ["t01", "t02", "t03", "t04"].map((name) => `${name}: runtime`),
    );
    const larger = room({ hosts: [...machines, machine("t05", "worker")] });
    gathered.set("t05", blank("t05", { addresses: new Map([["10.0.0.15", "eth0"]]) }));
    assert.deepEqual(due(larger, gathered), [
      ...["t01", "t02", "t03", "t04"].map((name) => `${name}: network`),
      "t05: packages → system → runtime → network → join",
    ]);
  });
});

function known(gathered: ReadonlyMap<string, GatheredFacts>, name: string) {
  const facts = gathered.get(name);
  assert.ok(facts !== undefined && !("unreachable" in facts));
  return facts;
}

/** A mapping without some of its keys. */
function without<Value extends object, Key extends string>(
  value: Value,
  ...keys: Key[]
): Omit<Value, Key> {
  const entries = Object.entries(value).filter(([key]) => !keys.some((each) => each === key));
  return Object.fromEntries(entries) as Omit<Value, Key>;
}
