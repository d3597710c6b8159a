import assert from "node:assert/strict";
import { App, type AppArgs } from "../../../components/app/app";
import {
  firstSlot,
  settledSlot,
  stagesOf,
  type Slot,
  type Strategy,
} from "../../../components/app/rollout";
import type { AppSpec } from "../../../components/app/spec";
import { stepOf } from "../../../src/settings/strategy";
import { find, record, titles, type Recorded } from "../../support/record";
import { appArgs } from "../../support/specs";

const ref = (letter: string) => `harbor:8080/back/shop.api@sha256:${letter.repeat(64)}`;
const [live, next] = [ref("1"), ref("2")];
const prober = `harbor:8080/tools/busybox@sha256:${"c".repeat(64)}`;
const check: AppSpec["check"] = { kind: "http", path: "/healthz", status: 200, timeout: 30 };
const exposed: Partial<AppSpec> = { expose: "ingress", hosts: ["shop.example"], replicas: 4 };

const canary: Strategy = {
  kind: "canary",
  steps: [{ weight: 0 }, { weight: 25 }],
  header: { name: "X-Try", value: "yes" },
  cookie: "try",
};
const blueGreen: Strategy = { kind: "blueGreen", form: "switch" };
const halves: Strategy = { kind: "blueGreen", form: "halves" };
const rolling: Strategy = { kind: "rolling" };

async function declare(change: Partial<AppSpec>, more: Partial<AppArgs> = {}): Promise<Recorded[]> {
  const args = appArgs({ ...exposed, ...change }, { image: { ref: live }, prober, ...more });
  const { resources } = await record("test", () => {
    new App("shop-api", args);
  });
  return resources;
}

/** What one sees of a project: Deployments with version and number, Services and Ingresses with where they lead, the rest. */
function seen(resources: readonly Recorded[]): string[] {
  const always = ["App", "NetworkPolicy", "PodDisruptionBudget", "ServiceAccount"];
  return resources
    .filter(({ type }) => !always.some((kind) => type.endsWith(`:${kind}`)))
    .map((resource) => `${titles([resource])[0] ?? ""} ${about(resource)}`.trim())
    .map((line) => line.replace(/check-[0-9a-f]{8}/, "check-HASH"))
    .sort();
}

function about({ type, inputs }: Recorded): string {
  const { spec, metadata } = inputs as {
    spec: Record<string, unknown>;
    metadata: { annotations: Record<string, string> };
  };
  if (type.endsWith(":Deployment")) {
    const image = JSON.stringify(spec["template"]).includes(next) ? "next" : "live";
    return `${String(spec["replicas"])} ${image}`;
  }
  if (type.endsWith(":Service")) {
    const { "slipway/slot": slot = "both" } = spec["selector"] as Record<string, string>;
    return `→ ${slot}`;
  }
  if (!type.endsWith(":Ingress")) return "";
  const weight = metadata.annotations["nginx.ingress.kubernetes.io/canary-weight"] ?? "";
  const [, service = ""] = /"service":\{"name":"([^"]*)"/.exec(JSON.stringify(spec)) ?? [];
  return `${weight} → ${service}`;
}

/** What runs at each stage of a release, and after it. */
const walks: [title: string, strategy: Strategy, change: Partial<AppSpec>, seen: string[][]][] = [
  ["rolling", rolling, {}, [["Deployment shop-api 4 next", "Service shop-api → a"]]],
  [
    "rolling with a check and a pull",
    rolling,
    { check, prepull: true },
    [
      [
        "DaemonSet shop-api--pull",
        "Deployment shop-api 4 live",
        "Service shop-api → a",
        "Service shop-api--next → a",
      ],
      [
        "Deployment shop-api 4 live",
        "Deployment shop-api--b 1 next",
        "Job shop-api--check-HASH",
        "Service shop-api → a",
        "Service shop-api--next → b",
      ],
      [
        "Deployment shop-api 4 next",
        "Job shop-api--check-HASH",
        "Service shop-api → a",
        "Service shop-api--next → a",
      ],
    ],
  ],
  [
    "blueGreen",
    blueGreen,
    {},
    [
      [
        "Deployment shop-api 4 live",
        "Deployment shop-api--b 4 next",
        "Service shop-api → a",
        "Service shop-api--next → b",
      ],
      [
        "Deployment shop-api 4 live",
        "Deployment shop-api--b 4 next",
        "Service shop-api → b",
        "Service shop-api--next → b",
      ],
      ["Deployment shop-api--b 4 next", "Service shop-api → b"],
    ],
  ],
  [
    "halves",
    halves,
    {},
    [
      ["Deployment shop-api 4 live", "Deployment shop-api--b 2 live", "Service shop-api → a"],
      [
        "Deployment shop-api 4 live",
        "Deployment shop-api--b 4 next",
        "Service shop-api → a",
        "Service shop-api--next → b",
      ],
      [
        "Deployment shop-api 4 live",
        "Deployment shop-api--b 4 next",
        "Service shop-api → b",
        "Service shop-api--next → b",
      ],
      [
        "Deployment shop-api 4 next",
        "Deployment shop-api--b 4 next",
        "Service shop-api → both",
        "Service shop-api--next → b",
      ],
      ["Deployment shop-api 2 next", "Deployment shop-api--b 2 next", "Service shop-api → both"],
    ],
  ],
  [
    "canary",
    canary,
    { ingress: "own" },
    [
      [
        "Deployment shop-api 4 live",
        "Deployment shop-api--b 1 next",
        "Ingress shop-api  → shop-api",
        "Ingress shop-api--canary 0 → shop-api--next",
        "Service shop-api → a",
        "Service shop-api--next → b",
      ],
      [
        "Deployment shop-api 4 live",
        "Deployment shop-api--b 1 next",
        "Ingress shop-api  → shop-api",
        "Ingress shop-api--canary 25 → shop-api--next",
        "Service shop-api → a",
        "Service shop-api--next → b",
      ],
      [
        "Deployment shop-api 4 live",
        "Deployment shop-api--b 4 next",
        "Ingress shop-api  → shop-api",
        "Service shop-api → b",
        "Service shop-api--next → b",
      ],
      ["Deployment shop-api--b 4 next", "Ingress shop-api  → shop-api", "Service shop-api → b"],
    ],
  ],
  [
    "canary behind a NodePort: by numbers of pods",
    { kind: "canary", steps: [{ weight: 20 }, { weight: 80 }] },
    { expose: "nodePort", nodePort: 31001, hosts: [] },
    [
      [
        "Deployment shop-api 4 live",
        "Deployment shop-api--b 1 next",
        "Service shop-api → both",
        "Service shop-api--next → b",
      ],
      [
        "Deployment shop-api 1 live",
        "Deployment shop-api--b 4 next",
        "Service shop-api → both",
        "Service shop-api--next → b",
      ],
      [
        "Deployment shop-api 4 live",
        "Deployment shop-api--b 4 next",
        "Service shop-api → b",
        "Service shop-api--next → b",
      ],
      ["Deployment shop-api--b 4 next", "Service shop-api → b"],
    ],
  ],
];

describe("a release of an App, stage by stage", () => {
  for (const [title, strategy, change, expected] of walks) {
    it(title, async () => {
      const spec = { ...change, strategy };
      const found: string[][] = [];
      const { prepull = false } = spec;
      for (const stage of stagesOf({ strategy, checked: spec.check !== undefined, prepull })) {
        const release = { ref: next, release: {}, strategy, stage };
        found.push(seen(await declare(spec, { next: release })));
      }
      const slot = settledSlot(firstSlot, strategy);
      found.push(seen(await declare(spec, { image: { ref: next }, slot })));
      assert.deepEqual(found, expected);
    });
  }

  it("is the same the other way round", async () => {
    for (const stage of stagesOf({ strategy: blueGreen, checked: false, prepull: false })) {
      const release = { ref: next, release: {}, strategy: blueGreen, stage };
      const services = async (slot: Slot): Promise<string[]> =>
        seen(await declare({ strategy: blueGreen }, { slot, next: release })).filter((line) =>
          line.startsWith("Service"),
        );
      const swap = (line: string) => line.replace(/[ab]$/, (slot) => (slot === "a" ? "b" : "a"));
      assert.deepEqual(await services("b"), (await services("a")).map(swap), stepOf(stage));
    }
  });
});

describe("the order inside one update", () => {
  const stage = { name: "weight", weight: 25, pause: 0 } as const;
  let resources: Recorded[];
  beforeEach(async () => {
    const release = { ref: next, release: { tag: "v2" }, strategy: canary, stage };
    resources = await declare({ strategy: canary, check }, { next: release });
  });
  const reaches = (from: Recorded, to: Recorded): boolean => {
    const byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
    return from.dependsOn.some((urn) => {
      const other = byUrn.get(urn);
      return urn === to.urn || (other !== undefined && reaches(other, to));
    });
  };
  const job = () =>
    resources.find(({ type }) => type.endsWith(":Job")) ?? assert.fail("no check is declared");

  it("pods, then the check, then the traffic", () => {
    const [old, coming] = ["shop-api", "shop-api--b"].map((name) =>
      find(resources, "Deployment", name),
    );
    for (const pods of [old, coming]) {
      assert.ok(pods !== undefined && reaches(job(), pods));
      for (const [kind, name] of [
        ["Service", "shop-api"],
        ["Ingress", "shop-api--canary"],
      ] as const) {
        assert.ok(reaches(find(resources, kind, name), pods));
        assert.ok(reaches(find(resources, kind, name), job()));
      }
    }
  });

  it("and pods that are needed until both slots serve come last", async () => {
    resources = await declare({ strategy: halves, check });
    const [slotA, slotB] = ["shop-api", "shop-api--b"].map((name) =>
      find(resources, "Deployment", name),
    );
    const service = find(resources, "Service", "shop-api");
    assert.ok(slotA && slotB && reaches(slotA, service) && reaches(service, slotB));
    assert.match(JSON.stringify(find(resources, "Service", "shop-api--next").inputs), /slot":"b"/);
  });

  it("leads those with the header and the cookie to the new version", () => {
    const { inputs } = find(resources, "Ingress", "shop-api--canary");
    assert.deepEqual((inputs["metadata"] as { annotations: unknown }).annotations, {
      "pulumi.com/skipAwait": "true",
      "nginx.ingress.kubernetes.io/canary": "true",
      "nginx.ingress.kubernetes.io/canary-weight": "25",
      "nginx.ingress.kubernetes.io/canary-by-header": "X-Try",
      "nginx.ingress.kubernetes.io/canary-by-header-value": "yes",
      "nginx.ingress.kubernetes.io/canary-by-cookie": "try",
    });
  });

  it("says on each Deployment what it runs", () => {
    const { inputs } = find(resources, "Deployment", "shop-api--b");
    assert.deepEqual((inputs["metadata"] as { annotations: unknown }).annotations, {
      "slipway/tag": "v2",
    });
  });
});

describe("a check's Job", () => {
  const jobOf = (resources: readonly Recorded[]) => {
    const [job] = resources.filter(({ type }) => type.endsWith(":Job"));
    return job ?? assert.fail("no check is declared");
  };
  const blue = (name: "beside" | "switch") =>
    ({ next: { ref: next, release: {}, strategy: blueGreen, stage: { name } } }) as const;

  it("is one for each version and question, and stays when its version serves", async () => {
    const asked = jobOf(await declare({ check }, blue("beside"))).name;
    const serves: Partial<AppArgs> = { image: { ref: next }, slot: "b" };
    assert.equal(jobOf(await declare({ check }, blue("switch"))).name, asked);
    assert.equal(jobOf(await declare({ check }, serves)).name, asked);
    const reordered = { timeout: 30, status: 200, path: "/healthz", kind: "http" } as const;
    assert.equal(jobOf(await declare({ check: reordered }, serves)).name, asked);
    assert.notEqual(jobOf(await declare({ check })).name, asked, "another version");
    const other = { ...check, path: "/other" } as const;
    assert.notEqual(jobOf(await declare({ check: other }, serves)).name, asked, "another question");
  });

  it("is not asked of the old version while the new one is on its way", async () => {
    const stage = { name: "drain" } as const;
    const resources = await declare(
      { check, strategy: halves },
      { next: { ref: next, release: {}, strategy: halves, stage } },
    );
    assert.deepEqual(
      resources.filter(({ type }) => type.endsWith(":Job")),
      [],
    );
  });

  it("tells a test of ones own where to ask and for what", async () => {
    const job = jobOf(
      await declare(
        { check: { kind: "job", command: ["/bin/sh", "-c", "true"], timeout: 60 } },
        { release: { tag: "v1", commit: "abcdef0" } },
      ),
    );
    const text = JSON.stringify(job.inputs);
    for (const [name, value] of [
      ["TARGET", "http://shop-api--next:8080"],
      ["DIGEST", `sha256:${"1".repeat(64)}`],
      ["TAG", "v1"],
      ["COMMIT", "abcdef0"],
    ] as const)
      assert.ok(text.includes(JSON.stringify({ name, value })), name);
    assert.ok(text.includes(prober));
  });
});

describe("an autoscaler", () => {
  const autoscale = { max: 9, cpu: 80 };

  it("scales what serves, and never what a stage has a number for", async () => {
    const stage = { name: "beside" } as const;
    const resources = await declare(
      { autoscale },
      { next: { ref: next, release: {}, strategy: blueGreen, stage } },
    );
    const scalers = resources.filter(({ type }) => type.endsWith(":HorizontalPodAutoscaler"));
    assert.deepEqual(titles(scalers), ["HorizontalPodAutoscaler shop-api"]);
    const ignored = (name: string) => find(resources, "Deployment", name).ignoreChanges;
    assert.deepEqual(ignored("shop-api"), ["spec.replicas"]);
    assert.deepEqual(ignored("shop-api--b"), []);
  });

  it("follows to the slot that serves", async () => {
    const resources = await declare({ autoscale }, { slot: "b" });
    const { inputs } = find(resources, "HorizontalPodAutoscaler");
    assert.match(JSON.stringify(inputs), /"scaleTargetRef":\{[^}]*"name":"shop-api--b"/);
  });
});
