import * as assert from "node:assert/strict";
import { ruleFor } from "../../../sandbox/plugins/kubernetes/await/rules";
import type { KubeObject } from "../../../sandbox/plugins/kubernetes/objects";
import { condition, object } from "../../support/plugin-objects";

describe("an object is ready", () => {
  const deployment = (spec: object, status: object): KubeObject =>
    object(
      "apps/v1 Deployment",
      { spec, status: { observedGeneration: 2, ...status } },
      { generation: 2 },
    );
  const set = (spec: object, status: object): KubeObject =>
    object(
      "apps/v1 StatefulSet",
      { spec, status: { observedGeneration: 2, ...status } },
      { generation: 2 },
    );
  const daemons = (spec: object, status: object): KubeObject =>
    object(
      "apps/v1 DaemonSet",
      { spec, status: { observedGeneration: 2, ...status } },
      { generation: 2 },
    );
  const slice = (...ready: (boolean | undefined)[]): KubeObject =>
    object("discovery.k8s.io/v1 EndpointSlice", {
      endpoints: ready.map((value) => ({ conditions: { ready: value } })),
    });
  const service = (spec: object, status: object = {}): KubeObject =>
    object("v1 Service", { spec: { clusterIP: "10.0.0.1", ...spec }, status });
  const claim = (phase: string, spec: object = {}): KubeObject =>
    object("v1 PersistentVolumeClaim", { spec, status: { phase } });
  const storage = (volumeBindingMode: string): KubeObject =>
    object("storage.k8s.io/v1 StorageClass", { volumeBindingMode });
  const selector = { app: "a" };

  /** Title: the object, what it depends on, and what is to be said of it. */
  const cases: Record<string, [KubeObject, RegExp | "ready", KubeObject[]?]> = {
    "Deployment: its controller has not seen the change": [
      deployment(
        { replicas: 1 },
        { observedGeneration: 1, updatedReplicas: 1, replicas: 1, availableReplicas: 1 },
      ),
      /waiting its controller has not taken note/,
    ],
    "Deployment: pods are missing": [
      deployment({ replicas: 3 }, { updatedReplicas: 1, replicas: 1 }),
      /waiting 1 of 3 replicas are updated/,
    ],
    "Deployment: old pods are left": [
      deployment({ replicas: 2 }, { updatedReplicas: 2, replicas: 3, availableReplicas: 3 }),
      /waiting replicas of the old version still to go: 1/,
    ],
    "Deployment: pods are not available": [
      deployment({ replicas: 2 }, { updatedReplicas: 2, replicas: 2, availableReplicas: 1 }),
      /waiting 1 of 2 replicas are available/,
    ],
    "Deployment: all are available": [
      deployment({ replicas: 2 }, { updatedReplicas: 2, replicas: 2, availableReplicas: 2 }),
      "ready",
    ],
    "Deployment: one replica by default": [
      deployment({}, { updatedReplicas: 1, replicas: 1, availableReplicas: 1 }),
      "ready",
    ],
    "Deployment: none wanted": [deployment({ replicas: 0 }, {}), "ready"],
    "Deployment: paused": [deployment({ paused: true, replicas: 1 }, {}), "ready"],
    "Deployment: its controller gave up": [
      deployment(
        { replicas: 1, progressDeadlineSeconds: 7 },
        { conditions: [condition("Progressing", "False", { reason: "ProgressDeadlineExceeded" })] },
      ),
      /failed no progress for 7 s: 0 of 1 replicas are updated/,
    ],
    "Deployment: pods are refused": [
      deployment(
        { replicas: 1 },
        { conditions: [condition("ReplicaFailure", "True", { message: "exceeded quota: q" })] },
      ),
      /waiting 0 of 1 replicas are updated; exceeded quota: q/,
    ],
    "StatefulSet: pods are not ready": [
      set({ replicas: 2 }, { readyReplicas: 1, currentRevision: "1", updateRevision: "1" }),
      /waiting 1 of 2 replicas are ready/,
    ],
    "StatefulSet: an update is on its way": [
      set(
        { replicas: 2 },
        { readyReplicas: 2, updatedReplicas: 1, currentRevision: "1", updateRevision: "2" },
      ),
      /waiting 1 of 2 replicas are updated/,
    ],
    "StatefulSet: updated down to its partition": [
      set(
        { replicas: 3, updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 2 } } },
        { readyReplicas: 3, updatedReplicas: 1, currentRevision: "1", updateRevision: "2" },
      ),
      "ready",
    ],
    "StatefulSet: updated by hand": [
      set(
        { replicas: 1, updateStrategy: { type: "OnDelete" } },
        { readyReplicas: 1, currentRevision: "1", updateRevision: "2" },
      ),
      "ready",
    ],
    "StatefulSet: all are of one revision": [
      set({ replicas: 1 }, { readyReplicas: 1, currentRevision: "2", updateRevision: "2" }),
      "ready",
    ],
    "DaemonSet: old pods are left": [
      daemons({}, { desiredNumberScheduled: 2, updatedNumberScheduled: 1, numberAvailable: 2 }),
      /waiting 1 of 2 pods are updated/,
    ],
    "DaemonSet: pods are not available": [
      daemons({}, { desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 1 }),
      /waiting 1 of 2 pods are available/,
    ],
    "DaemonSet: updated by hand": [
      daemons(
        { updateStrategy: { type: "OnDelete" } },
        { desiredNumberScheduled: 1, numberAvailable: 1 },
      ),
      "ready",
    ],
    "DaemonSet: no node wants it": [daemons({}, { desiredNumberScheduled: 0 }), "ready"],
    "Job: running": [
      object("batch/v1 Job", { spec: { completions: 2 }, status: { active: 1, succeeded: 1 } }),
      /waiting 1 of 2 completed, 1 active, 0 failed/,
    ],
    "Job: completed": [
      object("batch/v1 Job", { spec: {}, status: { conditions: [condition("Complete", "True")] } }),
      "ready",
    ],
    "Job: given up": [
      object("batch/v1 Job", {
        spec: {},
        status: {
          conditions: [
            condition("Failed", "True", { reason: "BackoffLimitExceeded", message: "m" }),
          ],
        },
      }),
      /failed BackoffLimitExceeded: m/,
    ],
    "Job: suspended": [object("batch/v1 Job", { spec: { suspend: true } }), "ready"],
    "Pod: not scheduled": [
      object("v1 Pod", {
        status: {
          phase: "Pending",
          conditions: [condition("PodScheduled", "False", { message: "no node" })],
        },
      }),
      /waiting no node/,
    ],
    "Pod: running and ready": [
      object("v1 Pod", { status: { phase: "Running", conditions: [condition("Ready", "True")] } }),
      "ready",
    ],
    "Pod: done": [object("v1 Pod", { status: { phase: "Succeeded" } }), "ready"],
    "Pod: failed": [
      object("v1 Pod", { status: { phase: "Failed", reason: "Evicted" } }),
      /failed Evicted/,
    ],
    "Service: no pods yet": [service({ selector }), "ready", [slice()]],
    "Service: a pod takes traffic": [service({ selector }), "ready", [slice(false, true)]],
    "Service: a pod that says nothing takes traffic": [
      service({ selector }),
      "ready",
      [slice(undefined)],
    ],
    "Service: no pod is ready": [
      service({ selector }),
      /waiting none of the 2 pods/,
      [slice(false), slice(false)],
    ],
    "Service: headless": [service({ selector, clusterIP: "None" }), "ready", [slice(false)]],
    "Service: a name outside": [service({ type: "ExternalName" }), "ready"],
    "Service: no address": [
      service({ type: "LoadBalancer", selector }),
      /waiting no load balancer/,
    ],
    "Service: an address": [
      service(
        { type: "LoadBalancer", selector },
        { loadBalancer: { ingress: [{ ip: "192.0.2.1" }] } },
      ),
      "ready",
    ],
    "claim: bound": [claim("Bound"), "ready"],
    "claim: lost": [claim("Lost", { volumeName: "v" }), /failed its volume v is lost/],
    "claim: waits for its first consumer": [
      claim("Pending", { storageClassName: "s" }),
      "ready",
      [storage("WaitForFirstConsumer")],
    ],
    "claim: nothing provided": [
      claim("Pending", { storageClassName: "s" }),
      /waiting storage class s has not provided a volume/,
      [storage("Immediate")],
    ],
    "claim: no class": [
      claim("Pending"),
      /waiting no volume fits it, and there is no default storage class/,
    ],
    "volume: available": [
      object("v1 PersistentVolume", { status: { phase: "Available" } }),
      "ready",
    ],
    "volume: failed": [
      object("v1 PersistentVolume", { status: { phase: "Failed", message: "m" } }),
      /failed m/,
    ],
    "definition: served": [
      object("apiextensions.k8s.io/v1 CustomResourceDefinition", {
        status: { conditions: [condition("Established", "True")] },
      }),
      "ready",
    ],
    "definition: its names are taken": [
      object("apiextensions.k8s.io/v1 CustomResourceDefinition", {
        status: { conditions: [condition("NamesAccepted", "False", { message: "taken" })] },
      }),
      /failed taken/,
    ],
    "quota: in force": [
      object("v1 ResourceQuota", {
        spec: { hard: { pods: "1" } },
        status: { hard: { pods: "1" } },
      }),
      "ready",
    ],
    "quota: not in force": [
      object("v1 ResourceQuota", { spec: { hard: { pods: "1" } } }),
      /waiting its limits/,
    ],
  };
  for (const [title, [live, expected, related = []]] of Object.entries(cases)) {
    it(title, () => {
      const verdict = ruleFor(live)?.judge(live, related) ?? { state: "no rule" };
      const said = "message" in verdict ? `${verdict.state} ${verdict.message}` : verdict.state;
      if (expected === "ready") assert.equal(said, "ready");
      else assert.match(said, expected);
    });
  }

  it("once it is written, where its kind has no rule or the program does not wait", () => {
    assert.equal(ruleFor(object("v1 ConfigMap", {})), undefined);
    assert.equal(ruleFor(object("networking.k8s.io/v1 Ingress", {})), undefined);
    const annotations = { "pulumi.com/skipAwait": "true" };
    assert.equal(ruleFor(object("apps/v1 Deployment", {}, { annotations })), undefined);
  });
});
