import * as assert from "node:assert/strict";
import type { CoreV1Event, V1Pod } from "@kubernetes/client-node";
import type { Api } from "../../../src/kubernetes/api";
import { diagnose } from "../../../src/readiness/diagnosis";
import { describeEvents, headline, troubles } from "../../../src/readiness/troubles";
import type { Workload } from "../../../src/readiness/workload";

const pod = (status: object, more: object = {}): V1Pod =>
  ({
    metadata: { name: "p", namespace: "n", uid: "pod-uid", ...more },
    spec: { restartPolicy: "Always" },
    status: { phase: "Running", ...status },
  }) as unknown as V1Pod;
const container = (state: object, more: object = {}): object => ({
  containerStatuses: [{ name: "main", ready: false, restartCount: 0, state, ...more }],
});
const condition = (type: string, status: string, more: object = {}): object => ({
  conditions: [{ type, status, ...more }],
});

describe("what is wrong with a pod", () => {
  const crashed = {
    lastState: { terminated: { exitCode: 137, reason: "OOMKilled" } },
    restartCount: 4,
  };
  const unschedulable = { reason: "Unschedulable", message: "0/1 nodes" };
  const cases: [what: string, V1Pod, string[], log?: string][] = [
    ["nothing, when it is ready", pod(condition("Ready", "True")), []],
    [
      "nothing, when it is ending",
      pod(container({ running: {} }), { deletionTimestamp: "now" }),
      [],
    ],
    [
      "nothing yet, while it starts",
      pod(container({ waiting: { reason: "ContainerCreating" } })),
      [],
    ],
    [
      "no node takes it",
      pod(condition("PodScheduled", "False", unschedulable)),
      ["pod p: Unschedulable: 0/1 nodes"],
      "none",
    ],
    [
      "its image cannot be had",
      pod(container({ waiting: { reason: "ImagePullBackOff", message: "Back-off pulling" } })),
      ["pod p, container main: ImagePullBackOff: Back-off pulling"],
      "none",
    ],
    [
      "it crashes again and again",
      pod(container({ waiting: { reason: "CrashLoopBackOff", message: "back-off 40s" } }, crashed)),
      [
        "pod p, container main: CrashLoopBackOff: back-off 40s, last exit code 137 (OOMKilled), 4 restarts",
      ],
      "previous",
    ],
    [
      "it runs and is not ready",
      pod(container({ running: {} })),
      ["pod p, container main: running but not ready"],
      "current",
    ],
    [
      "it ended with an error",
      pod(container({ terminated: { exitCode: 3, reason: "Error" } })),
      ["pod p, container main: terminated, last exit code 3"],
      "current",
    ],
    [
      "a container before the others fails",
      pod({
        initContainerStatuses: [
          { name: "init", restartCount: 0, state: { terminated: { exitCode: 1 } } },
        ],
      }),
      ["pod p, container init: terminated, last exit code 1"],
      "current",
    ],
  ];
  for (const [what, live, expected, log] of cases) {
    it(what, () => {
      const found = troubles(live);
      assert.deepEqual(found.map(headline), expected);
      assert.equal(found[0]?.log, log);
    });
  }
});

describe("what keeps a pod whose time is over", () => {
  const scheduled = condition("PodScheduled", "True");
  const cases: [what: string, V1Pod, string[]][] = [
    [
      "its containers are still being made",
      pod({ ...scheduled, ...container({ waiting: { reason: "ContainerCreating" } }) }),
      ["pod p, container main: ContainerCreating"],
    ],
    [
      "its node has not taken it up",
      pod({ phase: "Pending", ...scheduled }),
      ["pod p: Pending, not started by its node yet"],
    ],
    [
      "the scheduler has not seen it",
      pod({ phase: "Pending" }),
      ["pod p: Pending, no node has been chosen for it yet"],
    ],
    ["nothing, when it is ready", pod(condition("Ready", "True")), []],
  ];
  for (const [what, live, expected] of cases) {
    it(what, () => {
      assert.deepEqual(troubles(live, true).map(headline), expected);
    });
  }
});

describe("events", () => {
  it("are shown by the last one if none warns", () => {
    const event = (message: string, lastTimestamp: string): CoreV1Event =>
      ({ type: "Normal", reason: "R", message, lastTimestamp }) as unknown as CoreV1Event;
    const events = [
      event("old", "2026-01-01T00:00:00Z"),
      event("new", "2026-01-03T00:00:00Z"),
      event("between", "2026-01-02T00:00:00Z"),
    ];
    assert.deepEqual(describeEvents(events), ["event R: new"]);
  });

  it("are shown when they warn, the latest first, each once with its number", () => {
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

describe("the diagnosis of a workload that is not ready", () => {
  const workload = {
    kind: "Deployment",
    metadata: { name: "web", namespace: "n", uid: "own" },
  } as unknown as Workload;
  const crashing = pod(
    container(
      { waiting: { reason: "CrashLoopBackOff" } },
      { lastState: { terminated: { exitCode: 1 } }, restartCount: 3 },
    ),
  );

  it("has its pods' states, the last lines that they wrote, and what probes were answered", async () => {
    const asked: [string, Record<string, string>][] = [];
    const api = {
      list: (path: string, query: Record<string, string>) => {
        asked.push([path, query]);
        const own = query["fieldSelector"] === "involvedObject.uid=pod-uid";
        const message = "Readiness probe failed: HTTP probe failed with statuscode: 503";
        return Promise.resolve(own ? [{ type: "Warning", reason: "Unhealthy", message }] : []);
      },
      text: (path: string, query: Record<string, string>) => {
        asked.push([path, query]);
        return query["previous"] === "true"
          ? Promise.resolve("starting\nno configuration\n")
          : Promise.reject(new Error("it has not started"));
      },
    } as unknown as Api;
    assert.deepEqual(await diagnose(api, workload, [crashing]), [
      "pod p, container main: CrashLoopBackOff, last exit code 1, 3 restarts",
      "last 2 lines of its log:",
      "  | starting",
      "  | no configuration",
      "event Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 503",
    ]);
    const [path, query] = asked.find(([at]) => at.endsWith("/log")) ?? [];
    assert.equal(path, "/api/v1/namespaces/n/pods/p/log");
    assert.deepEqual(query, { container: "main", tailLines: "30", previous: "true" });
  });

  it("has what keeps its pods from being made, such as a webhook that does not answer", async () => {
    const message = 'Internal error occurred: failed calling webhook "pods.example"';
    const failure = condition("ReplicaFailure", "True", { reason: "FailedCreate", message });
    const api = { list: () => Promise.resolve([]) } as unknown as Api;
    const refused = { ...(workload as object), status: failure } as unknown as Workload;
    assert.deepEqual(await diagnose(api, refused, []), [`FailedCreate: ${message}`]);
  });

  it("shows once what several pods report, and an event once whatever reports it", async () => {
    const named = (name: string): V1Pod =>
      pod(
        container(
          { waiting: { reason: "CrashLoopBackOff" } },
          { lastState: { terminated: { exitCode: 1 } }, restartCount: 3 },
        ),
        { name },
      );
    const api = {
      list: () => Promise.resolve([{ type: "Warning", reason: "Failed", message: "no image" }]),
      text: (path: string) => Promise.resolve(`I am ${path.split("/").at(-2) ?? ""}`),
    } as unknown as Api;
    assert.deepEqual(await diagnose(api, workload, ["web-1", "web-2", "web-3"].map(named)), [
      "event Failed: no image",
      "pod web-1, container main: CrashLoopBackOff, last exit code 1, 3 restarts",
      "last line of its log:",
      "  | I am web-1",
      "the same of 2 other pods",
    ]);
  });

  it("shows a few pods, because more would only repeat them, and omits what it may not read", async () => {
    const refuse = (): Promise<never> => Promise.reject(new Error("forbidden"));
    const api = { list: refuse, text: refuse } as unknown as Api;
    const headlines = await diagnose(api, workload, Array<V1Pod>(5).fill(crashing));
    assert.equal(headlines.length, 3);
    assert.equal(headlines[2], "and 2 more pods that are not ready");
  });
});
