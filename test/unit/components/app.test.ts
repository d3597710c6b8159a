import * as pulumi from "@pulumi/pulumi";
import assert from "node:assert/strict";
import { App, type AppArgs } from "../../../components/app/app";
import type { AppSpec } from "../../../components/app/spec";
import { find, record, titles, type Recorded } from "../../support/record";
import { appArgs, spec } from "../../support/specs";

/** Declares one App and returns what it made. */
async function declare(
  change: Partial<AppSpec> = {},
  more: Partial<AppArgs> = {},
): Promise<Recorded[]> {
  const args = appArgs(change, more);
  const { resources } = await record("test", () => {
    new App("shop-api", args);
  });
  return resources;
}

/** Value at a path of a resource's inputs. */
function at({ inputs }: Recorded, path: string): unknown {
  let value: unknown = inputs;
  for (const step of path.split("."))
    value = (value as Record<string, unknown> | undefined)?.[step];
  return value;
}

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
      assert.deepEqual(titles(await declare(change, more)).sort(), [...always, ...besides].sort());
    });
  }
});

describe("every setting of an App reaches one of its objects", () => {
  const pod = "spec.template.spec";
  const container = `${pod}.containers.0`;
  const cases: [change: Partial<AppSpec>, kind: string, path: string, value: unknown][] = [
    [{ project: "Other.Name" }, "Deployment", "metadata.labels.slipway/project", "Other.Name"],
    [{ kind: "front" }, "Deployment", "metadata.labels.app.kubernetes.io/component", "front"],
    [{ port: 9000 }, "Deployment", `${container}.ports.0.containerPort`, 9000],
    [{ port: 9000 }, "Service", "spec.ports.0.port", 9000],
    [{ port: 9000 }, "NetworkPolicy", "spec.ingress.0.ports.0.port", 9000],
    [{ port: 80 }, "Deployment", `${pod}.securityContext.sysctls.0.value`, "0"],
    [{ replicas: 7 }, "Deployment", "spec.replicas", 7],
    [{ autoscale: { max: 5, cpu: 70 } }, "Deployment", "spec.replicas", 2],
    [{ autoscale: { max: 5, cpu: 70 } }, "HorizontalPodAutoscaler", "spec.maxReplicas", 5],
    [{ autoscale: { max: 5, cpu: 70 } }, "HorizontalPodAutoscaler", "spec.minReplicas", 2],
    [
      { autoscale: { max: 5, cpu: 70 } },
      "HorizontalPodAutoscaler",
      "spec.metrics.0.resource.target.averageUtilization",
      70,
    ],
    [
      { resources: { ...spec.resources, limits: { cpu: "3", memory: "2Gi" } } },
      "Deployment",
      `${container}.resources.limits`,
      { cpu: "3", memory: "2Gi" },
    ],
    [
      { probes: { ...spec.probes, check: "/up" } },
      "Deployment",
      `${container}.readinessProbe.httpGet`,
      { path: "/up", port: "http" },
    ],
    [
      { probes: { ...spec.probes, check: "/up" } },
      "Deployment",
      `${container}.livenessProbe.httpGet.path`,
      "/up",
    ],
    [
      { probes: { ...spec.probes, check: "tcp" } },
      "Deployment",
      `${container}.startupProbe.tcpSocket`,
      { port: "http" },
    ],
    [
      { probes: { ...spec.probes, liveness: "/live" } },
      "Deployment",
      `${container}.livenessProbe.httpGet.path`,
      "/live",
    ],
    [
      { probes: { ...spec.probes, liveness: "/live" } },
      "Deployment",
      `${container}.readinessProbe.httpGet.path`,
      "/healthz",
    ],
    [
      { probes: { ...spec.probes, startSeconds: 90 } },
      "Deployment",
      `${container}.startupProbe.failureThreshold`,
      90,
    ],
    [
      { probes: { ...spec.probes, startSeconds: 90 } },
      "Deployment",
      "spec.progressDeadlineSeconds",
      150,
    ],
    [
      { probes: { ...spec.probes, periodSeconds: 4 } },
      "Deployment",
      `${container}.readinessProbe.periodSeconds`,
      4,
    ],
    [
      { probes: { ...spec.probes, timeoutSeconds: 9 } },
      "Deployment",
      `${container}.livenessProbe.timeoutSeconds`,
      9,
    ],
    [
      { probes: { ...spec.probes, failures: 8 } },
      "Deployment",
      `${container}.livenessProbe.failureThreshold`,
      8,
    ],
    [
      { env: { LEVEL: "info" } },
      "Deployment",
      `${container}.env`,
      [{ name: "LEVEL", value: "info" }],
    ],
    [
      { hostAliases: { "10.0.0.5": ["db.local"] } },
      "Deployment",
      `${pod}.hostAliases`,
      [{ ip: "10.0.0.5", hostnames: ["db.local"] }],
    ],
    [
      { writable: ["/tmp", "/cache"] },
      "Deployment",
      `${container}.volumeMounts.1`,
      { name: "scratch-1", mountPath: "/cache" },
    ],
    [{ runAsUser: 1000 }, "Deployment", `${pod}.securityContext.runAsUser`, 1000],
    [
      { spread: "zones" },
      "Deployment",
      `${pod}.topologySpreadConstraints.0.topologyKey`,
      "topology.kubernetes.io/zone",
    ],
    [{ spread: "none" }, "Deployment", `${pod}.topologySpreadConstraints`, undefined],
    [{ egress: "any" }, "NetworkPolicy", "spec.egress", [{}]],
    [
      { egress: [{ cidr: "10.1.0.0/16", ports: [3306] }] },
      "NetworkPolicy",
      "spec.egress.1",
      { to: [{ ipBlock: { cidr: "10.1.0.0/16" } }], ports: [{ protocol: "TCP", port: 3306 }] },
    ],
    [{ egress: [{ cidr: "10.1.0.0/16" }] }, "NetworkPolicy", "spec.egress.1.ports", undefined],
    [{ strategy: { kind: "recreate" } }, "Deployment", "spec.strategy", { type: "Recreate" }],
    [{ expose: "nodePort", nodePort: 31007 }, "Service", "spec.type", "NodePort"],
    [{ expose: "nodePort", nodePort: 31007 }, "Service", "spec.ports.0.nodePort", 31007],
    [
      { expose: "nodePort", nodePort: 31007 },
      "NetworkPolicy",
      "spec.ingress.0.from.1.ipBlock.cidr",
      "0.0.0.0/0",
    ],
    [
      { expose: "ingress", hosts: ["a.example"] },
      "NetworkPolicy",
      "spec.ingress.0.from.1.ipBlock.cidr",
      "10.0.0.0/8",
    ],
    [
      { expose: "ingress", ingress: "own", hosts: ["a.example"] },
      "Ingress",
      "spec.rules.0.host",
      "a.example",
    ],
    [
      { expose: "ingress", ingress: "own", hosts: ["a.example"], path: "/shop" },
      "Ingress",
      "spec.rules.0.http.paths.0.path",
      "/shop",
    ],
  ];
  for (const [change, kind, path, value] of cases) {
    it(`${JSON.stringify(change).slice(0, 60)} → ${kind} ${path}`, async () => {
      const resource = find(await declare(change), kind);
      assert.deepEqual(
        path.includes("slipway/") || path.includes("kubernetes.io")
          ? labelAt(resource, path)
          : at(resource, path),
        value,
      );
    });
  }

  it("and none is forgotten here", () => {
    const elsewhere = ["secrets", "volumes", "prepull"];
    const covered = new Set([...cases.flatMap(([change]) => Object.keys(change)), ...elsewhere]);
    assert.deepEqual([...covered].sort(), [...Object.keys(spec), "autoscale", "nodePort"].sort());
  });

  const others: [
    more: Partial<AppArgs>,
    change: Partial<AppSpec>,
    kind: string,
    path: string,
    value: unknown,
  ][] = [
    [
      { placement: { namespace: "elsewhere", system: "shop" } },
      {},
      "Service",
      "metadata.namespace",
      "elsewhere",
    ],
    [
      { registry: { host: "h", pullSecret: "registry" } },
      {},
      "Deployment",
      `${pod}.imagePullSecrets`,
      [{ name: "registry" }],
    ],
    [
      { release: { tag: "v1", commit: "abcdef0" } },
      {},
      "Deployment",
      "metadata.annotations",
      { "slipway/tag": "v1", "slipway/commit": "abcdef0" },
    ],
    [
      { storage: { keep: true, class: "fast" } },
      { volumes: { data: { path: "/data", size: "1Gi", access: "ReadWriteMany" } } },
      "PersistentVolumeClaim",
      "spec",
      {
        accessModes: ["ReadWriteMany"],
        resources: { requests: { storage: "1Gi" } },
        storageClassName: "fast",
      },
    ],
  ];
  for (const [more, change, kind, path, value] of others) {
    it(`${JSON.stringify(more)} → ${kind} ${path}`, async () => {
      assert.deepEqual(at(find(await declare(change, more), kind), path), value);
    });
  }
});

const labelAt = ({ inputs }: Recorded, path: string): unknown =>
  (inputs["metadata"] as { labels: Record<string, string> }).labels[
    path.replace("metadata.labels.", "")
  ];

describe("secrets of an App", () => {
  it("stay secret, and reach the container by reference only", async () => {
    const resources = await declare(
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
        await declare({ volumes }, { storage: { keep } }),
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
      await declare({ probes: { ...spec.probes, startSeconds: 10 }, replicas: 3 }),
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
