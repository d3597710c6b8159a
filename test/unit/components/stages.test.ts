import assert from "node:assert/strict";
import {
  firstSlot,
  settledSlot,
  stagesOf,
  type Slot,
  type Strategy,
} from "../../../components/app/rollout";
import type { AppSpec } from "../../../components/app/spec";
import { stepOf } from "../../../src/projects/strategy";
import {
  blueGreen,
  canary,
  check,
  declareReleased,
  halves,
  next,
  rolling,
} from "../../support/released-app";
import * as pulumi from "@pulumi/pulumi";
import { at, declareApp } from "../../support/declared-app";
import { find, titles, type Recorded } from "../../support/record";
import { spec } from "../../support/specs";

/** Visible parts of a project: Deployments with version and number, Services and Ingresses with their targets, the rest. */
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

/** Whether Deployments end their pods before new ones start. */
const recreating = (resources: readonly Recorded[]): boolean[] =>
  resources
    .filter(({ type }) => type.endsWith(":Deployment"))
    .map((deployment) => at(deployment, "spec.strategy.type") === "Recreate");

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
        "Service shop-api--next-a → a",
      ],
      [
        "Deployment shop-api 4 live",
        "Deployment shop-api--b 1 next",
        "Job shop-api--check-HASH",
        "Service shop-api → a",
        "Service shop-api--next-b → b",
      ],
      [
        "Deployment shop-api 4 next",
        "Job shop-api--check-HASH",
        "Service shop-api → a",
        "Service shop-api--next-a → a",
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
        "Service shop-api--next-b → b",
      ],
      [
        "Deployment shop-api 4 live",
        "Deployment shop-api--b 4 next",
        "Service shop-api → b",
        "Service shop-api--next-b → b",
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
        "Service shop-api--next-b → b",
      ],
      [
        "Deployment shop-api 4 live",
        "Deployment shop-api--b 4 next",
        "Service shop-api → b",
        "Service shop-api--next-b → b",
      ],
      [
        "Deployment shop-api 4 next",
        "Deployment shop-api--b 4 next",
        "Service shop-api → both",
        "Service shop-api--next-b → b",
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
        "Ingress shop-api--canary 0 → shop-api--next-b",
        "Service shop-api → a",
        "Service shop-api--next-b → b",
      ],
      [
        "Deployment shop-api 4 live",
        "Deployment shop-api--b 1 next",
        "Ingress shop-api  → shop-api",
        "Ingress shop-api--canary 25 → shop-api--next-b",
        "Service shop-api → a",
        "Service shop-api--next-b → b",
      ],
      [
        "Deployment shop-api 4 live",
        "Deployment shop-api--b 4 next",
        "Ingress shop-api  → shop-api",
        "Service shop-api → b",
        "Service shop-api--next-b → b",
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
        "Service shop-api--next-b → b",
      ],
      [
        "Deployment shop-api 1 live",
        "Deployment shop-api--b 4 next",
        "Service shop-api → both",
        "Service shop-api--next-b → b",
      ],
      [
        "Deployment shop-api 4 live",
        "Deployment shop-api--b 4 next",
        "Service shop-api → b",
        "Service shop-api--next-b → b",
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
        found.push(seen(await declareReleased(spec, { next: release })));
      }
      const slot = settledSlot(firstSlot, strategy);
      found.push(seen(await declareReleased(spec, { image: { ref: next }, slot })));
      assert.deepEqual(found, expected);
    });
  }

  it("is the same the other way round", async () => {
    for (const stage of stagesOf({ strategy: blueGreen, checked: false, prepull: false })) {
      const release = { ref: next, release: {}, strategy: blueGreen, stage };
      const services = async (slot: Slot): Promise<string[]> =>
        seen(await declareReleased({ strategy: blueGreen }, { slot, next: release })).filter(
          (line) => line.startsWith("Service"),
        );
      const swap = (line: string) =>
        line.replace(/\b[ab]\b/g, (slot) => (slot === "a" ? "b" : "a"));
      assert.deepEqual(await services("b"), (await services("a")).map(swap), stepOf(stage));
    }
  });
});

describe("the settings of two versions", () => {
  const standing = {
    spec: { ...spec, port: 8080, env: { LEVEL: "one" }, secrets: { TOKEN: "old" } },
    settings: '{"port":8080}',
  };
  const target = { port: 9090, env: { LEVEL: "two" }, secrets: { TOKEN: "new" } };
  const secrets = { old: pulumi.secret("1"), new: pulumi.secret("2") };
  const declared = (stage: "beside" | "switch") =>
    declareReleased(
      { strategy: blueGreen, ...target },
      {
        live: standing,
        settings: '{"port":9090}',
        secrets,
        next: { ref: next, release: {}, strategy: blueGreen, stage: { name: stage } },
      },
    );
  for (const [stage, port] of [
    ["beside", 8080],
    ["switch", 9090],
  ] as const) {
    it(`keep each its own pods at ${stage}; a new version gets the port of the serving one`, async () => {
      const resources = await declared(stage);
      const ofPods = (name: string) => {
        const deployment = find(resources, "Deployment", name);
        const container = "spec.template.spec.containers.0";
        return [
          at(deployment, `${container}.ports.0.containerPort`),
          at(deployment, `${container}.env.0.value`),
          at(deployment, "metadata.annotations.slipway/settings"),
        ];
      };
      assert.deepEqual(ofPods("shop-api"), [8080, "one", '{"port":8080}']);
      assert.deepEqual(ofPods("shop-api--b"), [9090, "two", '{"port":9090}']);
      const ports = (name: string) => at(find(resources, "Service", name), "spec.ports.0.port");
      assert.deepEqual([ports("shop-api"), ports("shop-api--next-b")], [port, 9090]);
      const told = resources.filter(({ type }) => type.endsWith(":Secret"));
      assert.deepEqual(titles(told), ["Secret shop-api", "Secret shop-api--b"]);
    });
  }

  it("goes by its own strategy to its end, whatever its project's file says by then", async () => {
    const recreate = { strategy: { kind: "recreate" } } as const;
    const release = {
      ref: next,
      release: {},
      strategy: canary,
      stage: { name: "weight", weight: 25, pause: 0 },
    } as const;
    assert.deepEqual(recreating(await declareReleased(recreate, { next: release })), [
      false,
      false,
    ]);
    assert.deepEqual(recreating(await declareApp(recreate)), [true]);
  });
});
