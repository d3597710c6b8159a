import * as assert from "node:assert/strict";
import type { V1Pod, V1ReplicaSet } from "@kubernetes/client-node";
import { lacking, newPods, stoodOnce, type Workload } from "../../../src/readiness/workload";

const workload = (kind: Workload["kind"], status: object, more: object = {}): Workload =>
  ({
    kind,
    metadata: {
      name: "web",
      uid: "w",
      generation: 2,
      annotations: { "deployment.kubernetes.io/revision": "7" },
    },
    spec: { replicas: 2 },
    status: { observedGeneration: 2, ...status },
    ...more,
  }) as unknown as Workload;
const counts = (updatedReplicas: number, replicas: number, availableReplicas: number) => ({
  updatedReplicas,
  replicas,
  availableReplicas,
});
const complete = { conditions: [{ type: "Complete", status: "True" }] };

describe("a workload that is being deleted", () => {
  const deletionTimestamp = "2026-11-30T03:00:00Z";
  for (const kind of ["Deployment", "DaemonSet", "Job"] as const) {
    it(`is none that is rolled out: ${kind}`, () => {
      const status = { ...counts(2, 2, 2), ...complete };
      const live = workload(kind, status, { metadata: { name: "web", deletionTimestamp } });
      assert.match(lacking(live) ?? "", /is being deleted since/);
      assert.equal(stoodOnce(live), false);
    });
  }
});

describe("what a workload lacks", () => {
  for (const [what, lacks, live] of [
    ["nothing, when all is new and available", undefined, workload("Deployment", counts(2, 2, 2))],
    ["updated replicas", "1 of 2 replicas are updated", workload("Deployment", counts(1, 3, 2))],
    [
      "the end of old ones",
      "old replicas not yet terminated: 1",
      workload("Deployment", counts(2, 3, 3)),
    ],
    ["available ones", "1 of 2 replicas are available", workload("Deployment", counts(2, 2, 1))],
    [
      "a controller's look",
      "its controller has not observed it yet",
      workload("Deployment", { ...counts(2, 2, 2), observedGeneration: 1 }),
    ],
    [
      "a pod on a node",
      "1 of 3 pods are available",
      workload("DaemonSet", {
        desiredNumberScheduled: 3,
        updatedNumberScheduled: 3,
        numberAvailable: 1,
      }),
    ],
    ["nothing, when it has passed", undefined, workload("Job", complete)],
    ["an answer", "1 of its pods active, 0 failed", workload("Job", { active: 1 })],
  ] as const) {
    it(what, () => {
      assert.equal(lacking(live), lacks);
    });
  }
});

describe("whether a version stood once", () => {
  const progressing = (reason: string, status = "True") => ({
    conditions: [{ type: "Progressing", status, reason }],
  });
  const stood = progressing("NewReplicaSetAvailable");
  const cases: [what: string, is: boolean, status: object, kind?: Workload["kind"]][] = [
    [
      "of a DaemonSet, when every pod is of it, though a node is away",
      true,
      { desiredNumberScheduled: 3, updatedNumberScheduled: 3 },
      "DaemonSet",
    ],
    [
      "not of a DaemonSet that is starting",
      false,
      { desiredNumberScheduled: 3, updatedNumberScheduled: 2 },
      "DaemonSet",
    ],
    ["when all came up, though a pod is ill now", true, { ...counts(2, 2, 1), ...stood }],
    ["not while it rolls out", false, { ...counts(2, 3, 2), ...progressing("ReplicaSetUpdated") }],
    [
      "not when it never came up",
      false,
      { ...counts(2, 3, 2), ...progressing("ProgressDeadlineExceeded", "False") },
    ],
    ["not when there are to be more of it now", false, { ...counts(1, 1, 1), ...stood }],
    ["not of what has not been looked at", false, { ...counts(2, 2, 2), observedGeneration: 1 }],
  ];
  for (const [what, is, status, kind = "Deployment"] of cases) {
    it(what, () => {
      assert.equal(stoodOnce(workload(kind, status)), is);
    });
  }
});

describe("the pods of a new version", () => {
  const owned = (name: string, uid: string, more: object = {}) => ({
    metadata: { name, ownerReferences: [{ uid }], ...more },
  });
  const sets = [["old", "6"] as const, ["new", "7"] as const].map(([uid, revision]) => ({
    metadata: {
      uid,
      ownerReferences: [{ uid: "w" }],
      annotations: { "deployment.kubernetes.io/revision": revision },
    },
  })) as unknown as V1ReplicaSet[];
  const pods = [
    owned("a", "old"),
    owned("b", "new"),
    owned("c", "new", { deletionTimestamp: "now" }),
    owned("d", "w"),
  ] as unknown as V1Pod[];
  for (const [what, names, live, of] of [
    ["are those of a Deployment's newest ReplicaSet", ["b"], workload("Deployment", {}), sets],
    ["are none before there is one", [], workload("Deployment", {}), sets.slice(0, 1)],
    ["are a Job's own", ["d"], workload("Job", {}), []],
  ] as const) {
    it(what, () => {
      const found = newPods(live, of, pods).map(({ metadata }) => metadata?.name);
      assert.deepEqual(found, names);
    });
  }
});
