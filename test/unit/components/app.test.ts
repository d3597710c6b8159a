import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import assert from "node:assert/strict";
import { App } from "../../../components/app/app";
import type { Stage } from "../../../components/app/rollout";
import type { AppSpec } from "../../../components/app/spec";
import type { RolloutContract } from "../../../components/shared/contracts";
import { unwatched } from "../../../src/readiness/rollouts";
import { at, declareApp } from "../../support/declared-app";
import { find, titles } from "../../support/record";
import { check, probeImage } from "../../support/released-app";
import { appArgs, spec } from "../../support/specs";
import type { AppArgs } from "../../../components/app/args";

const always = [
  "App shop-api",
  "Deployment shop-api",
  "NetworkPolicy shop-api",
  "Service shop-api",
  "ServiceAccount shop-api",
];
const budget = "PodDisruptionBudget shop-api";

describe("what an App is made of", () => {
  const volumes: AppSpec["volumes"] = {
    data: { path: "/data", size: "1Gi", access: "ReadWriteMany" },
  };
  const own: Partial<AppSpec> = { expose: "ingress", ingress: "own", hosts: ["a.example"] };
  const build = {
    builder: "slipway",
    repository: "r/back/shop.api",
    tag: "t",
    context: "c",
    dockerfile: "FROM scratch",
    bases: {},
  };
  const cases: [
    title: string,
    change: Partial<AppSpec>,
    more: Partial<AppArgs>,
    besides: string[],
  ][] = [
    ["two pods: a budget", {}, {}, [budget]],
    ["one pod: none", { replicas: 1 }, {}, []],
    [
      "an autoscaler",
      { autoscale: { max: 5, cpu: 70 } },
      {},
      [budget, "HorizontalPodAutoscaler shop-api"],
    ],
    ["a volume", { volumes }, {}, [budget, "PersistentVolumeClaim shop-api--data"]],
    [
      "a secret",
      { secrets: { DB_PASSWORD: "db" } },
      { secrets: { db: pulumi.secret("x") } },
      [budget, "Secret shop-api"],
    ],
    ["an Ingress of its own", own, {}, [budget, "Ingress shop-api"]],
    ["a shared Ingress is not its own", { ...own, ingress: "shared" }, {}, [budget]],
    ["a NodePort needs nothing more", { expose: "nodePort", nodePort: 31007 }, {}, [budget]],
    ["an image that is built first", {}, { image: { build } }, [budget, "Image shop-api"]],
  ];
  for (const [title, change, more, besides] of cases) {
    it(title, async () => {
      assert.deepEqual(
        titles(await declareApp(change, more)).sort(),
        [...always, ...besides].sort(),
      );
    });
  }
});

describe("an image that an App builds itself", () => {
  it("is shown by its digest to those who may object, before it runs", async () => {
    const build = {
      builder: "slipway",
      repository: "r/back/shop.api",
      tag: "t",
      context: "c",
      dockerfile: "FROM scratch",
      bases: {},
    };
    const seen: string[] = [];
    const allow = (ref: string): void => {
      seen.push(ref);
    };
    await declareApp({}, { image: { build, allow } });
    assert.match(seen.join(), /^r\/back\/shop\.api@sha256:[0-9a-f]+/);
  });
});

describe("secrets of an App", () => {
  it("stay secret, and reach the container by reference only", async () => {
    const resources = await declareApp(
      { secrets: { DB_PASSWORD: "db" } },
      { secrets: { db: pulumi.secret("hunter2"), other: pulumi.secret("unused") } },
    );
    const secret = find(resources, "Secret");
    assert.deepEqual(secret.inputs["stringData"], { DB_PASSWORD: "hunter2" });
    assert.ok(secret.secrets.some((path) => path.startsWith("stringData")));
    assert.equal(secret.inputs["immutable"], true);
    const deployment = find(resources, "Deployment");
    assert.deepEqual(at(deployment, "spec.template.spec.containers.0.env"), [
      {
        name: "DB_PASSWORD",
        valueFrom: { secretKeyRef: { name: "shop-api-1a2b3c", key: "DB_PASSWORD" } },
      },
    ]);
    const rest = resources.filter(({ type }) => !type.endsWith(":Secret"));
    assert.ok(!JSON.stringify(rest).includes("hunter2"));
  });
});

describe("volumes of an App", () => {
  const volumes: AppSpec["volumes"] = {
    data: { path: "/data", size: "1Gi", access: "ReadWriteMany" },
  };
  for (const keep of [true, false]) {
    it(
      keep ? "are deleted with it if the stack says so" : "go with it where the stack says so",
      async () => {
        const claim = find(
          await declareApp({ volumes }, { storage: { keep } }),
          "PersistentVolumeClaim",
        );
        assert.deepEqual([claim.protect, claim.retainOnDelete], [keep, keep]);
        assert.equal(at(claim, "metadata.name"), "shop-api.data");
        // The plugin recreates a claim, empty, if another class is declared, even the one that it really has.
        assert.deepEqual(claim.ignoreChanges, ["spec.accessModes", "spec.storageClassName"]);
      },
    );
  }
});

describe("an App that an autoscaler has made larger", () => {
  const strategy = { kind: "blueGreen", form: "switch" } as const;
  /** Pods and autoscalers of each Deployment at a stage, with two declared pods of which five serve. */
  async function at(stage?: Stage): Promise<string[]> {
    const next = stage && { ref: "r/shop@sha256:2", release: {}, strategy, stage };
    const resources = await declareApp(
      { strategy, replicas: 2, autoscale: { max: 9, cpu: 70 } },
      { rollouts: { ...unwatched, replicas: () => 5 }, ...(next ? { next } : {}) },
    );
    const scaled = (name: string) =>
      titles(resources).includes(`HorizontalPodAutoscaler ${name}`) ? ", scaled" : "";
    return resources
      .filter(({ type }) => type.endsWith(":Deployment"))
      .map(({ name, inputs, ignoreChanges }) => {
        const { replicas } = inputs["spec"] as { replicas: number };
        assert.equal(ignoreChanges.includes("spec.replicas"), scaled(name) !== "");
        return `${name}: ${replicas}${scaled(name)}`;
      });
  }

  it("keeps that number through a release, and the new version begins with it", async () => {
    assert.deepEqual(await at(), ["shop-api: 2, scaled"]);
    assert.deepEqual(await at({ name: "beside" }), ["shop-api: 5, scaled", "shop-api--b: 5"]);
    assert.deepEqual(await at({ name: "switch" }), ["shop-api: 5", "shop-api--b: 5, scaled"]);
  });
});

describe("what of an App is waited for", () => {
  const args: [Partial<AppSpec>, Partial<AppArgs>] = [
    { check, probes: { ...spec.probes, startSeconds: 10 }, replicas: 3 },
    { probeImage },
  ];

  it("is written by the plugin, and waited for as long as its probes and its check allow", async () => {
    const waited: Record<string, number> = {};
    const rollouts: RolloutContract = {
      ...unwatched,
      ready: (resource, timeout) => {
        waited[resource.constructor.name] = timeout;
        return Promise.resolve(resource);
      },
    };
    const resources = await declareApp(args[0], { ...args[1], rollouts });
    assert.deepEqual(waited, { Deployment: 240, Job: 180 });
    for (const kind of ["Deployment", "Job"]) {
      const { annotations } = at(find(resources, kind), "metadata") as { annotations: object };
      assert.ok("pulumi.com/waitFor" in annotations, kind);
    }
  });

  it("is only warned of, of the version that another takes over from, when it was ill before", async () => {
    const roles: Record<string, boolean | undefined> = {};
    const rollouts: RolloutContract = {
      ...unwatched,
      ready: (resource, _, role) => {
        resource.metadata.name.apply((name) => (roles[name] = role?.outgoing));
        return Promise.resolve(resource);
      },
    };
    const strategy = { kind: "blueGreen", form: "switch" } as const;
    const next = {
      ref: "r/shop@sha256:2",
      release: {},
      strategy,
      stage: { name: "beside" },
    } as const;
    await declareApp({ strategy }, { rollouts, next });
    assert.deepEqual(roles, { "shop-api": true, "shop-api--b": false });
  });

  it("is, of a check's Job that has passed in an update before, not missed when it is cleared away", async () => {
    const passedAt = async (stage?: Stage): Promise<boolean | undefined> => {
      let passed: boolean | undefined;
      const rollouts: RolloutContract = {
        ...unwatched,
        ready: (resource, _, role) => {
          if (resource instanceof k8s.batch.v1.Job) passed = role?.passed;
          return Promise.resolve(resource);
        },
      };
      const strategy = { kind: "blueGreen", form: "switch" } as const;
      const next = stage && { ref: "r/shop@sha256:2", release: {}, strategy, stage };
      await declareApp({ check, strategy }, { probeImage, rollouts, ...(next ? { next } : {}) });
      return passed;
    };
    assert.deepEqual(
      [await passedAt(), await passedAt({ name: "beside" }), await passedAt({ name: "switch" })],
      [true, false, true],
    );
  });

  it("runs as it is written now, unless it has passed", async () => {
    const ignoredWhere = async (passed: boolean): Promise<string[]> => {
      const rollouts = { ...unwatched, passed: () => passed };
      return find(await declareApp({ check }, { probeImage, rollouts }), "Job").ignoreChanges;
    };
    assert.deepEqual([await ignoredWhere(true), await ignoredWhere(false)], [["spec"], []]);
  });

  it("comes before what needs it, as ready and not just as written", async () => {
    const rollouts: RolloutContract = {
      ...unwatched,
      ready: (resource) => {
        const name = `ready-${resource.constructor.name.toLowerCase()}`;
        const mark = new k8s.core.v1.ConfigMap(name, {}, { dependsOn: resource });
        return Promise.resolve(mark as pulumi.Resource as typeof resource);
      },
    };
    const resources = await declareApp(args[0], { ...args[1], rollouts });
    const needs = (kind: string, name?: string): string[] =>
      find(resources, kind, name)
        .dependsOn.map((urn) => urn.slice(urn.lastIndexOf("::") + 2))
        .filter((one) => one.startsWith("ready-"));
    assert.deepEqual(needs("Service", "shop-api").sort(), ["ready-deployment", "ready-job"]);
    assert.deepEqual(needs("Job"), ["ready-deployment"]);
  });
});

describe("an App whose settings contradict each other", () => {
  it("is refused before its first child, with every reason", () => {
    const args = appArgs({
      resources: {
        requests: { cpu: "2", memory: "1Gi", storage: "2Gi" },
        limits: { cpu: "1", memory: "128Mi", storage: "1Gi" },
      },
      secrets: { TOKEN: "token" },
    });
    assert.throws(
      () => new App("shop-api", args),
      (error) =>
        pulumi.RunError.isInstance(error) &&
        error.message.startsWith('App "shop-api" is not valid: 4 problems') &&
        error.message.includes("secrets.TOKEN"),
    );
  });
});
