import * as pulumi from "@pulumi/pulumi";
import assert from "node:assert/strict";
import { App, type AppArgs } from "../../../components/app/app";
import type { AppSpec } from "../../../components/app/spec";
import { at, declareApp } from "../../support/declared-app";
import { find, titles } from "../../support/record";
import { appArgs, spec } from "../../support/specs";

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
    it(keep ? "are kept when it goes" : "go with it where the stack says so", async () => {
      const claim = find(
        await declareApp({ volumes }, { storage: { keep } }),
        "PersistentVolumeClaim",
      );
      assert.deepEqual([claim.protect, claim.retainOnDelete], [keep, keep]);
      assert.equal(at(claim, "metadata.name"), "shop-api.data");
    });
  }
});

describe("how long an App is waited for", () => {
  it("follows from its probes, whichever plugin waits", async () => {
    const deployment = find(
      await declareApp({ probes: { ...spec.probes, startSeconds: 10 }, replicas: 3 }),
      "Deployment",
    );
    assert.deepEqual(deployment.timeouts, { create: "100s", update: "240s" });
  });
});

describe("an App whose settings contradict each other", () => {
  it("is refused before its first child, with every reason", () => {
    const args = appArgs({
      resources: { requests: { cpu: "2", memory: "1Gi" }, limits: { cpu: "1", memory: "128Mi" } },
      secrets: { TOKEN: "token" },
    });
    assert.throws(
      () => new App("shop-api", args),
      (error) =>
        pulumi.RunError.isInstance(error) &&
        error.message.startsWith('App "shop-api" is not valid: 3 problems') &&
        error.message.includes("secrets.TOKEN"),
    );
  });
});
