import * as assert from "node:assert/strict";
import type { CoreV1Event } from "@kubernetes/client-node";
import {
  describeEvents,
  Diagnosis,
  headline,
} from "../../../sandbox/plugins/kubernetes/await/diagnosis";
import { isPodOf, troubles } from "../../../sandbox/plugins/kubernetes/await/pods";
import { ruleFor } from "../../../sandbox/plugins/kubernetes/await/rules";
import { blockers } from "../../../sandbox/plugins/kubernetes/await/wait";
import type { ApiRequest, Client } from "../../../sandbox/plugins/kubernetes/client";
import type { KubeObject } from "../../../sandbox/plugins/kubernetes/objects";

const object = (type: string, fields: object, metadata: object = {}): KubeObject => {
  const [apiVersion = "", kind = ""] = type.split(" ");
  return { apiVersion, kind, metadata: { name: "a", namespace: "n", ...metadata }, ...fields };
};
const condition = (type: string, status: string, more: object = {}): object => ({
  type,
  status,
  ...more,
});

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

const pod = (status: object, more: object = {}): KubeObject =>
  object(
    "v1 Pod",
    { spec: { restartPolicy: "Always" }, status: { phase: "Running", ...status } },
    { name: "p", ...more },
  );
const container = (state: object, more: object = {}): object => ({
  containerStatuses: [{ name: "main", ready: false, restartCount: 0, state, ...more }],
});

describe("what is wrong with a pod", () => {
  const crashed = {
    lastState: { terminated: { exitCode: 137, reason: "OOMKilled" } },
    restartCount: 4,
  };
  const cases: Record<string, [KubeObject, string[], string?]> = {
    "nothing, when it is ready": [pod({ conditions: [condition("Ready", "True")] }), []],
    "nothing, when it is ending": [
      pod(container({ running: {} }), { deletionTimestamp: "now" }),
      [],
    ],
    "nothing yet, while it starts": [
      pod(container({ waiting: { reason: "ContainerCreating" } })),
      [],
    ],
    "no node takes it": [
      pod({
        conditions: [
          condition("PodScheduled", "False", { reason: "Unschedulable", message: "0/1 nodes" }),
        ],
      }),
      ["pod p: Unschedulable: 0/1 nodes"],
      "none",
    ],
    "its image cannot be had": [
      pod(container({ waiting: { reason: "ImagePullBackOff", message: "Back-off pulling" } })),
      ["pod p, container main: ImagePullBackOff: Back-off pulling"],
      "none",
    ],
    "it crashes again and again": [
      pod(container({ waiting: { reason: "CrashLoopBackOff", message: "back-off 40s" } }, crashed)),
      [
        "pod p, container main: CrashLoopBackOff: back-off 40s, last exit code 137 (OOMKilled), 4 restarts",
      ],
      "previous",
    ],
    "it runs and is not ready": [
      pod(container({ running: {} })),
      ["pod p, container main: running but not ready"],
      "current",
    ],
    "it ended with an error": [
      pod(container({ terminated: { exitCode: 3, reason: "Error" } })),
      ["pod p, container main: terminated, last exit code 3"],
      "current",
    ],
    "a container before the others fails": [
      pod({
        initContainerStatuses: [
          { name: "init", restartCount: 0, state: { terminated: { exitCode: 1 } } },
        ],
      }),
      ["pod p, container init: terminated, last exit code 1"],
      "current",
    ],
  };
  for (const [title, [live, expected, log]] of Object.entries(cases)) {
    it(title, () => {
      const found = troubles(live);
      assert.deepEqual(found.map(headline), expected);
      assert.equal(found[0]?.log, log);
    });
  }

  it("can be hopeless", () => {
    const [invalid] = troubles(pod(container({ waiting: { reason: "InvalidImageName" } })));
    const [missing] = troubles(
      pod(container({ waiting: { reason: "CreateContainerConfigError" } })),
    );
    assert.deepEqual([invalid?.hopeless, missing?.hopeless], [true, false]);
  });
});

describe("the pods of a workload", () => {
  const cases: Record<string, [object, object, boolean]> = {
    "have its labels": [{ matchLabels: { a: "1" } }, { a: "1", b: "2" }, true],
    "have all of its labels": [{ matchLabels: { a: "1", b: "3" } }, { a: "1", b: "2" }, false],
    "are in a set": [
      { matchExpressions: [{ key: "a", operator: "In", values: ["1"] }] },
      { a: "1" },
      true,
    ],
    "are not in a set": [
      { matchExpressions: [{ key: "a", operator: "NotIn", values: ["1"] }] },
      {},
      true,
    ],
    "have a label": [{ matchExpressions: [{ key: "a", operator: "Exists" }] }, {}, false],
    "have no label": [
      { matchExpressions: [{ key: "a", operator: "DoesNotExist" }] },
      { a: "" },
      false,
    ],
    "are not those of a Service's plain selector": [{ a: "1" }, { a: "1" }, false],
  };
  for (const [title, [selector, labels, expected]] of Object.entries(cases)) {
    it(title, () => {
      const workload = object("apps/v1 Deployment", { spec: { selector } });
      assert.equal(isPodOf(workload, object("v1 Pod", {}, { labels })), expected);
    });
  }
});

describe("events", () => {
  it("are told when they warn, the latest first, each once with its number", () => {
    const event = (message: string, lastTimestamp: string, more: object = {}): CoreV1Event =>
      ({ type: "Warning", reason: "R", message, lastTimestamp, ...more }) as unknown as CoreV1Event;
    const events = [
      event("old", "2026-01-01T00:00:00Z"),
      event("new", "2026-01-03T00:00:00Z", { count: 7 }),
      event("usual", "2026-01-04T00:00:00Z", { type: "Normal" }),
      event("old", "2026-01-02T00:00:00Z"),
    ];
    assert.deepEqual(describeEvents(events), ["event R: new (7 times)", "event R: old"]);
  });
});

describe("the report on an object that does not become ready", () => {
  it("has the containers' states, the events and the last lines of the log", async () => {
    const asked: ApiRequest[] = [];
    const crashing = pod(
      container(
        { waiting: { reason: "CrashLoopBackOff" } },
        { lastState: { terminated: { exitCode: 1 } }, restartCount: 2 },
      ),
      { labels: { app: "a" }, uid: "pod-uid" },
    );
    const client = {
      send: (request: ApiRequest) => {
        asked.push(request);
        if (request.path.endsWith("/pods")) return Promise.resolve({ items: [crashing] });
        const items =
          request.query?.["fieldSelector"] === "involvedObject.uid=pod-uid"
            ? [{ type: "Warning", reason: "BackOff", message: "restarting" }]
            : [];
        return Promise.resolve({ items });
      },
      text: (request: ApiRequest) => {
        asked.push(request);
        return request.query?.["previous"] === "true"
          ? Promise.resolve("starting\nno configuration\n")
          : Promise.reject(new Error("it has not started"));
      },
    } as unknown as Client;
    const workload = object("apps/v1 Deployment", {
      spec: { selector: { matchLabels: { app: "a" } } },
    });
    assert.deepEqual(await new Diagnosis(client).report(workload), [
      "pod p, container main: CrashLoopBackOff, last exit code 1, 2 restarts",
      "last 2 lines of its log:",
      "  | starting",
      "  | no configuration",
      "event BackOff: restarting",
    ]);
    const log = asked.find(({ path }) => path.endsWith("/log"));
    assert.equal(log?.path, "/api/v1/namespaces/n/pods/p/log");
    assert.deepEqual(log.query, { container: "main", tailLines: "30", previous: "true" });
  });

  it("does without what it may not read", async () => {
    const refuse = (): Promise<never> => Promise.reject(new Error("forbidden"));
    const client = { send: refuse, text: refuse } as unknown as Client;
    assert.deepEqual(await new Diagnosis(client).report(object("v1 Pod", {})), []);
  });
});

describe("what holds an object that is being deleted", () => {
  const cases: Record<string, [KubeObject, RegExp]> = {
    "its finalizers": [
      object("v1 ConfigMap", {}, { finalizers: ["a/b", "c/d"] }),
      /held by the finalizers a\/b, c\/d/,
    ],
    "what it owns": [
      object("apps/v1 Deployment", {}, { finalizers: ["foregroundDeletion"] }),
      /what it owns/,
    ],
    "what is left in a namespace": [
      object("v1 Namespace", {
        status: {
          conditions: [
            condition("NamespaceContentRemaining", "True", {
              message: "pods. has 2 resource instances",
            }),
            condition("NamespaceDeletionContentFailure", "False", { message: "deleted" }),
          ],
        },
      }),
      /^pods. has 2 resource instances$/,
    ],
    nothing: [object("v1 Pod", {}), /ending/],
  };
  for (const [title, [live, expected]] of Object.entries(cases)) {
    it(`is ${title}`, () => {
      assert.match(blockers(live), expected);
    });
  }
});
