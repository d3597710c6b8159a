import * as assert from "node:assert/strict";
import type { V1Pod } from "@kubernetes/client-node";
import { signsOf, Since, sureAfter, type Sign } from "../../../src/readiness/signs";
import type { Workload } from "../../../src/readiness/workload";

const deployment = (status: object, spec: object = {}): Workload =>
  ({
    kind: "Deployment",
    metadata: { name: "web", generation: 2 },
    spec: { replicas: 2, progressDeadlineSeconds: 120, ...spec },
    status: { observedGeneration: 2, ...status },
  }) as unknown as Workload;

const conditions = (type: string, status: string, reason: string, message = "") => ({
  conditions: [{ type, status, reason, message }],
});

const job = (status: object): Workload =>
  ({ kind: "Job", metadata: { name: "check" }, status }) as unknown as Workload;

/** A pod whose one container waits for a reason. */
const waiting = (reason: string, message?: string, restartCount = 0): V1Pod =>
  ({
    metadata: { name: "p" },
    status: {
      containerStatuses: [
        {
          name: "main",
          ready: false,
          restartCount,
          state: { waiting: { reason, message } },
          lastState: restartCount > 0 ? { terminated: { exitCode: 137, reason: "OOMKilled" } } : {},
        },
      ],
    },
  }) as unknown as V1Pod;

const containerd = (code: string, rest: string): string =>
  `failed to pull and unpack image "r/web@sha256:1": rpc error: code = ${code} desc = ${rest}`;

describe("signs that a rollout cannot succeed", () => {
  const quiet = deployment({});
  const cases: [what: string, name: string | undefined, text: RegExp, Workload, V1Pod[]][] = [
    [
      "a deletion that a finalizer still holds up",
      "Gone",
      /is being deleted since 2026-11-30T03:00:00.000Z.*\(example\.com\/hold\)/,
      {
        kind: "Deployment",
        metadata: {
          name: "web",
          deletionTimestamp: "2026-11-30T03:00:00Z",
          finalizers: ["example.com/hold"],
        },
      } as unknown as Workload,
      [],
    ],
    [
      "no progress for as long as there may be none",
      "ProgressDeadlineExceeded",
      /^no progress for 120 s$/,
      deployment(conditions("Progressing", "False", "ProgressDeadlineExceeded")),
      [],
    ],
    [
      "a quota that forbids its pods",
      "Forbidden",
      /exceeded quota/,
      deployment(
        conditions(
          "ReplicaFailure",
          "True",
          "FailedCreate",
          'pods "x" is forbidden: exceeded quota',
        ),
      ),
      [],
    ],
    [
      "an admission that denies them",
      "Forbidden",
      /denied the request/,
      deployment(
        conditions(
          ...(["ReplicaFailure", "True", "FailedCreate"] as const),
          'admission webhook "w" denied the request',
        ),
      ),
      [],
    ],
    ["a pause", "Paused", /kubectl rollout resume/, deployment({}, { paused: true }), []],
    [
      "a check that has failed",
      "JobFailed",
      /^BackoffLimitExceeded: too often$/,
      job(conditions("Failed", "True", "BackoffLimitExceeded", "too often")),
      [],
    ],
    [
      "an image that does not exist",
      "ImageNotFound",
      /^pod p, container main: ErrImagePull: .*not found$/,
      quiet,
      [waiting("ErrImagePull", containerd("NotFound", "r/web@sha256:1: not found"))],
    ],
    [
      "one that is not tried just now",
      "ImageNotFound",
      /manifest unknown/,
      quiet,
      [waiting("ImagePullBackOff", "Back-off pulling image: ErrImagePull: manifest unknown")],
    ],
    [
      "one that we may not have",
      "PullDenied",
      /denied/,
      quiet,
      [
        waiting(
          "ErrImagePull",
          "pull access denied, repository does not exist or may require authorization",
        ),
      ],
    ],
    [
      "one whose name nobody can read",
      "InvalidImageName",
      /InvalidImageName/,
      quiet,
      [waiting("InvalidImageName")],
    ],
    [
      "a key that its Secret has not",
      "CreateContainerConfigError",
      /couldn't find key A/,
      quiet,
      [waiting("CreateContainerConfigError", "couldn't find key A in Secret x")],
    ],
    [
      "a container that crashes again and again",
      "CrashLoop",
      /it has ended 4 times, last with exit code 137 \(OOMKilled\)$/,
      quiet,
      [waiting("CrashLoopBackOff", "back-off 40s", 3)],
    ],
    ...(
      [
        ["a restart or two", [waiting("CrashLoopBackOff", "back-off 20s", 2)]],
        [
          "a registry that does not answer",
          [
            waiting(
              "ErrImagePull",
              containerd("Unavailable", "dial tcp 10.0.0.1:443: connect: connection refused"),
            ),
          ],
        ],
        [
          "a registry in trouble",
          [waiting("ImagePullBackOff", "unexpected status code: 503 Service Unavailable")],
        ],
        ["a pull that has failed for a reason no longer shown", [waiting("ImagePullBackOff")]],
        ["a container that is starting", [waiting("ContainerCreating")]],
        ["a runtime that stumbles", [waiting("CreateContainerError", "context deadline exceeded")]],
      ] as const
    ).map(([what, pods]) => {
      const row: (typeof cases)[number] = [`not ${what}`, undefined, /^$/, quiet, [...pods]];
      return row;
    }),
    [
      "not a webhook that does not answer",
      undefined,
      /^$/,
      deployment(
        conditions(
          "ReplicaFailure",
          "True",
          "FailedCreate",
          "failed calling webhook: no endpoints",
        ),
      ),
      [],
    ],
    [
      "not what is reported about the previous version",
      undefined,
      /^$/,
      deployment({
        observedGeneration: 1,
        ...conditions("Progressing", "False", "ProgressDeadlineExceeded"),
      }),
      [],
    ],
  ];
  for (const [what, name, text, workload, pods] of cases) {
    it(what, () => {
      const [sign, ...more] = signsOf(workload, pods);
      assert.deepEqual([sign?.name, more], [name, []]);
      assert.match(sign?.text ?? "", text);
    });
  }
});

describe("when a sign is sure", () => {
  const sign = (name: Sign["name"]): Sign => ({ name, text: "" });

  it("within a minute, whichever it is", () => {
    for (const [name, seconds] of Object.entries(sureAfter)) assert.ok(seconds < 60, name);
  });

  for (const [what, name, looks, sure] of [
    ["at once, when it can only be for good", "CrashLoop", [0], 0],
    ["when it has been there long enough", "Forbidden", [0, 10, 20, 30, 44, 45], 45],
    ["also when it shows only now and then", "ImageNotFound", [0, 12, 40], 40],
    [
      "not when it passed and appeared again",
      "ProgressDeadlineExceeded",
      [0, 2, 60, 62],
      undefined,
    ],
  ] as const) {
    it(what, () => {
      const since = new Since();
      const first = looks.find((now) => since.sure([sign(name)], now) !== undefined);
      assert.equal(first, sure);
    });
  }

  it("never by one that is no longer there", () => {
    const since = new Since();
    since.sure([sign("ImageNotFound")], 0);
    assert.equal(since.sure([sign("PullDenied")], 20), undefined);
  });
});
