import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as assert from "node:assert/strict";
import { Refusal, type Api } from "../../../src/kubernetes/api";
import type { RolloutRole } from "../../../components/shared/contracts";
import { Rollouts } from "../../../src/readiness/rollouts";
import { fakeApi } from "../../support/api";

/** A Deployment of two pods at a generation, as in the API. */
const live = (
  generation: number,
  available: number,
  reason: string,
  more: object = {},
): object => ({
  metadata: { name: "web", namespace: "n", uid: "u", generation, ...more },
  spec: { replicas: 2 },
  status: {
    observedGeneration: generation,
    replicas: 2,
    updatedReplicas: 2,
    availableReplicas: available,
    conditions: [{ type: "Progressing", status: "True", reason }],
  },
});
const stood = "NewReplicaSetAvailable";
const crashing = {
  metadata: { name: "p", namespace: "n", ownerReferences: [{ uid: "set" }] },
  spec: { restartPolicy: "Always" },
  status: {
    containerStatuses: [
      {
        name: "main",
        ready: false,
        restartCount: 3,
        state: { waiting: { reason: "CrashLoopBackOff" } },
        lastState: { terminated: { exitCode: 1 } },
      },
    ],
  },
};
const sets = [{ metadata: { uid: "set", ownerReferences: [{ uid: "u" }] } }];

/** Additional options of the wait. */
interface Waited {
  /** Nothing depends on it. */
  last?: boolean;
  role?: RolloutRole;
  /** Declared image. */
  declared?: string;
  /** Declared number of pods. */
  replicas?: number;
}

const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;
const spec = (image: string): object => ({ template: { spec: { containers: [{ image }] } } });

describe("an update that waits", function () {
  this.timeout(30_000);

  /** Waits for one declared Deployment, with these successive states on the server; returns the messages. */
  async function wait(
    looks: readonly (object[] | Error)[],
    uid = "u",
    relabelled?: object,
    { last = false, role = {}, declared, replicas }: Waited = {},
  ): Promise<string> {
    const rest = [...looks];
    const api = fakeApi({
      list: (path: string) => {
        if (path.endsWith("/pods")) return Promise.resolve([crashing]);
        if (path.endsWith("/replicasets")) return Promise.resolve(sets);
        if (path.endsWith("/events") || path.endsWith("/jobs")) return Promise.resolve([]);
        const next = rest.length > 1 ? rest.shift() : rest[0];
        return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
      },
      text: (path: string) => {
        if (path.endsWith("/log")) return Promise.resolve("no depot\n");
        return relabelled === undefined
          ? Promise.reject(new Refusal(404, "not found"))
          : Promise.resolve(JSON.stringify(relabelled));
      },
    });
    await pulumi.runtime.setMocks(
      {
        newResource: ({ name, inputs }) => ({
          id: name,
          state: { ...(inputs as object), metadata: { name, namespace: "n", uid, labels: {} } },
        }),
        call: () => assert.fail(),
      },
      "slipway",
      "test",
    );
    const rollouts = new Rollouts({ namespace: "n" });
    rollouts.reach(Promise.resolve(api));
    const after = rollouts.after([]);
    const deployment = new k8s.apps.v1.Deployment(
      "web",
      { spec: { ...(declared === undefined ? {} : spec(declared)), replicas } as never },
      { dependsOn: after },
    );
    if (last) {
      rollouts.watch(deployment, 20);
      return await rollouts.settled().then(
        () => "nothing",
        (error: unknown) => {
          assert.ok(pulumi.ResourceError.isInstance(error) && error.hideStack);
          return `the update: ${error.message}`;
        },
      );
    }
    const said = rollouts.ready(deployment, 20, role).then(
      () => "ready",
      (error: unknown) => (error as Error).message,
    );
    await rollouts.settled();
    return await said;
  }

  it("fails by what nothing comes after, once, by its name and without a trace", async () => {
    const said = await wait([[]], "u", undefined, { last: true });
    assert.match(said, /^the update: Deployment web is not ready: the cluster does not have it/);
  });

  for (const [what, jobs, expected] of [
    ["that have passed, and which have not", ["passed", "failed"], [true, false, false]],
    ["nothing where nobody may look", new Refusal(403, "no"), [true, true, true]],
  ] as const) {
    it(`knows of Jobs ${what}`, async () => {
      const jobOf = (name: string): object => ({
        metadata: { name },
        status: { conditions: name === "passed" ? [{ type: "Complete", status: "True" }] : [] },
      });
      const api = {
        list: (path: string) => {
          if (!path.endsWith("/jobs")) return Promise.resolve([]);
          return jobs instanceof Refusal ? Promise.reject(jobs) : Promise.resolve(jobs.map(jobOf));
        },
      } as unknown as Api;
      const rollouts = new Rollouts({ namespace: "n" });
      rollouts.reach(api);
      await rollouts.known();
      const told = ["passed", "failed", "none"].map((name) => rollouts.passed(name));
      assert.deepEqual(told, expected);
    });
  }

  it("continues without a Job that has passed before and is cleared away", async () => {
    assert.equal(await wait([[]], "u", undefined, { role: { passed: true } }), "ready");
  });

  for (const [pods, says] of [
    [0, /^Deployment web is not ready: it is scaled to 0 pods, declared are 2: .*up --refresh/],
    [3, /^ready$/],
  ] as const) {
    it(`looks at what runs: ${pods} pods instead of two`, async () => {
      const stands = live(1, 3, stood) as { spec: object };
      const status = {
        observedGeneration: 1,
        replicas: pods,
        updatedReplicas: pods,
        availableReplicas: pods,
      };
      const looks = [[{ ...stands, status, spec: { replicas: pods } }]];
      assert.match(await wait(looks, "u", undefined, { replicas: 2 }), says);
    });
  }

  for (const [what, says, earlier, now] of [
    ["continues from an old version that was unhealthy before and is not changed", /^ready$/, 1, 1],
    ["continues from an old version that served nobody before, and is changed", /^ready$/, 0, 2],
    ["fails by an old version that falls ill by this change", /^Deployment web .*: pod p/, 2, 2],
  ] as const) {
    it(what, async () => {
      const looks = [[live(1, earlier, "ReplicaSetUpdated")], [live(now, 1, "ReplicaSetUpdated")]];
      assert.match(await wait(looks, "u", undefined, { role: { outgoing: true } }), says);
    });
  }

  for (const [what, says, image] of [
    ["the same image by another name", /^ready$/, `mirror/web@${digest("a")}`],
    [
      "another image than it was declared with",
      /^Deployment web is not ready: it runs sha256:b+, declared is sha256:a+: .*up --refresh/,
      `r/web@${digest("b")}`,
    ],
  ] as const) {
    it(`looks at what runs: ${what}`, async () => {
      const stands = live(1, 2, stood) as { spec: object };
      const looks = [[{ ...stands, spec: { replicas: 2, ...spec(image) } }]];
      const declared = `r/web@${digest("a")}`;
      assert.match(await wait(looks, "u", undefined, { declared }), says);
    });
  }

  for (const [what, says, looks, uid, relabelled] of [
    ["ends when all pods are available", /^ready$/, [[], [], [live(1, 2, stood)]]],
    [
      "is not held up by pods that have fallen ill since, when it changes nothing",
      /^ready$/,
      [[live(1, 1, stood)]],
    ],
    [
      "gives up what it has changed, with all that helps",
      /^Deployment web is not ready: pod p, container main: it has ended 4 times, last with exit code 1; 1 of 2 replicas are available\n.*\nlast line of its log:\n {2}\| no depot$/,
      [[live(1, 2, stood)], [live(2, 1, "ReplicaSetUpdated")]],
    ],
    [
      "looks again at what has never come up, though it changes nothing",
      /^Deployment web is not ready: pod p/,
      [[live(1, 1, "ReplicaSetUpdated")]],
    ],
    ["finds what somebody has given another label", /^ready$/, [[]], "u", live(1, 2, stood)],
    [
      "reports that what it declared is gone",
      /^Deployment web is not ready: the cluster does not have it/,
      [[]],
    ],
    [
      "tries again when the server does not answer",
      /^ready$/,
      [[], new Error("ECONNRESET"), [live(1, 2, stood)]],
    ],
    [
      "does not when it may not look",
      /cannot be seen: deployments is forbidden/,
      [[], new Refusal(403, "deployments is forbidden")],
    ],
    ["leaves out what limits to other resources kept from being made", /^ready$/, [[]], ""],
  ] as const) {
    it(what, async () => {
      assert.match(await wait(looks as readonly (object[] | Error)[], uid, relabelled), says);
    });
  }
});
