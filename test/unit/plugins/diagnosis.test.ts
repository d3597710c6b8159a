import * as assert from "node:assert/strict";
import type { CoreV1Event } from "@kubernetes/client-node";
import {
  describeEvents,
  Diagnosis,
  headline,
} from "../../../sandbox/plugins/kubernetes/await/diagnosis";
import { isPodOf, troubles } from "../../../sandbox/plugins/kubernetes/await/pods";
import { blockers } from "../../../sandbox/plugins/kubernetes/await/wait";
import type { ApiRequest, Client } from "../../../sandbox/plugins/kubernetes/client";
import type { KubeObject } from "../../../sandbox/plugins/kubernetes/objects";
import { condition, object } from "../../support/plugin-objects";

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
