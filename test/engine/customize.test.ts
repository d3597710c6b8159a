import * as assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { ownEndpoint } from "../../components/cluster/kubeconfig";
import type { Patch } from "../../components/shared/config/patches";
import { strategicMerge } from "../../components/shared/strategic-merge";
import { paths } from "../../sandbox/cluster/context";
import { layout } from "../../sandbox/layout";
import { Api } from "../../src/kubernetes/api";
import { unknownFields } from "../../src/kubernetes/fields";
import { apply, kubectl } from "../support/cluster";

const namespace = "customize-lab";
const metadata = (name: string) => ({ name, namespace });

const deployment = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { ...metadata("web"), annotations: { a: "1", b: "2" } },
  spec: {
    replicas: 0,
    selector: { matchLabels: { app: "web" } },
    template: {
      metadata: { labels: { app: "web" } },
      spec: {
        hostAliases: [{ ip: "10.0.0.1", hostnames: ["a"] }],
        tolerations: [{ key: "a", operator: "Exists" }],
        containers: [
          {
            name: "web",
            image: "example.invalid/web:1",
            args: ["a", "b"],
            env: [
              { name: "A", value: "1" },
              { name: "B", value: "2" },
            ],
            ports: [{ name: "http", containerPort: 80, protocol: "TCP" }],
            volumeMounts: [{ name: "data", mountPath: "/data" }],
            resources: { limits: { cpu: "1", memory: "64Mi" } },
          },
          { name: "side", image: "example.invalid/side:1" },
        ],
        volumes: [{ name: "data", emptyDir: {} }],
      },
    },
  },
};
const service = {
  apiVersion: "v1",
  kind: "Service",
  metadata: metadata("web"),
  spec: { selector: { app: "web" }, ports: [{ name: "http", port: 80, targetPort: 80 }] },
};
const objects = { deployment, service };

const pod = (spec: object) => ({ spec: { template: { spec } } });
const container = (more: object) => pod({ containers: [{ name: "web", ...more }] });

/** Patches, each laid over an object by the API server and by us. */
const patches: [title: string, object: keyof typeof objects, patch: object][] = [
  [
    "an annotation added, one changed, one taken out",
    "deployment",
    { metadata: { annotations: { a: "x", b: null, c: "1.10" } } },
  ],
  [
    "a variable changed and one added",
    "deployment",
    container({
      env: [
        { name: "A", value: "9" },
        { name: "C", value: "3" },
      ],
    }),
  ],
  ["a variable taken out", "deployment", container({ env: [{ name: "B", $patch: "delete" }] })],
  [
    "variables replaced",
    "deployment",
    container({ env: [{ $patch: "replace" }, { name: "Z", value: "z" }] }),
  ],
  ["arguments replaced", "deployment", container({ args: ["c"] })],
  [
    "a mount added beside one",
    "deployment",
    {
      ...pod({
        containers: [{ name: "web", volumeMounts: [{ name: "tmp", mountPath: "/tmp" }] }],
        volumes: [{ name: "tmp", emptyDir: { sizeLimit: "1Gi" } }],
      }),
    },
  ],
  [
    "a container's port by its number",
    "deployment",
    container({ ports: [{ containerPort: 80, protocol: "TCP", hostPort: 8080 }] }),
  ],
  ["a second port", "deployment", container({ ports: [{ containerPort: 81, protocol: "TCP" }] })],
  ["a limit taken out", "deployment", container({ resources: { limits: { cpu: null } } })],
  [
    "resources replaced",
    "deployment",
    container({ resources: { $patch: "replace", requests: { cpu: "1m" } } }),
  ],
  [
    "a container added",
    "deployment",
    pod({ containers: [{ name: "new", image: "example.invalid/new:1" }] }),
  ],
  [
    "a container taken out",
    "deployment",
    pod({ containers: [{ name: "side", $patch: "delete" }] }),
  ],
  [
    "an init container, where there was none",
    "deployment",
    pod({ initContainers: [{ name: "init", image: "example.invalid/i:1" }] }),
  ],
  [
    "tolerations, which have no names",
    "deployment",
    pod({ tolerations: [{ key: "b", operator: "Exists" }] }),
  ],
  [
    "host aliases, by address",
    "deployment",
    pod({ hostAliases: [{ ip: "10.0.0.2", hostnames: ["b"] }] }),
  ],
  [
    "an affinity, where there was none",
    "deployment",
    pod({
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [{ matchExpressions: [{ key: "a", operator: "Exists" }] }],
          },
        },
      },
    }),
  ],
  [
    "a pod's spread",
    "deployment",
    pod({
      topologySpreadConstraints: [
        { topologyKey: "kubernetes.io/hostname", maxSkew: 1, whenUnsatisfiable: "ScheduleAnyway" },
      ],
    }),
  ],
  [
    "a Service's port by its number",
    "service",
    { spec: { ports: [{ port: 80, appProtocol: "h2c" }] } },
  ],
  ["a Service's second port", "service", { spec: { ports: [{ port: 81, name: "other" }] } }],
  ["a Service's affinity", "service", { spec: { sessionAffinity: "ClientIP" } }],
];

/** Fields of patches, as the API server describes them: what of them is refused. */
const fields: [title: string, kind: string, patch: object, refused: string[]][] = [
  [
    "known ones",
    "Deployment",
    container({
      env: [{ name: "A", value: "1" }],
      resources: { limits: { cpu: 1, memory: "1Gi" } },
    }),
    [],
  ],
  [
    "a typo",
    "Deployment",
    pod({ terminationGracePeriodSecond: 60 }),
    [
      "spec.template.spec.terminationGracePeriodSecond: did you mean `terminationGracePeriodSeconds`?",
    ],
  ],
  [
    "a typo in a list",
    "Deployment",
    container({ evn: [] }),
    ["spec.template.spec.containers.0.evn: did you mean `env`?"],
  ],
  [
    "a number for a text",
    "Service",
    { metadata: { annotations: { a: 1 } } },
    ["metadata.annotations.a: string, as the API server says"],
  ],
  [
    "a text for a number",
    "Deployment",
    pod({ terminationGracePeriodSeconds: "60" }),
    ["spec.template.spec.terminationGracePeriodSeconds: number, as the API server says"],
  ],
  [
    "a list for a mapping",
    "Deployment",
    { spec: { template: [] } },
    ["spec.template: object, as the API server says"],
  ],
  ["a number or a text", "PodDisruptionBudget", { spec: { maxUnavailable: "50%" } }, []],
  [
    "a long group's",
    "NetworkPolicy",
    { spec: { policyType: [] } },
    ["spec.policyType: did you mean `policyTypes`?"],
  ],
  ["directives", "Deployment", container({ $patch: "delete" }), []],
  ["one taken out", "Service", { spec: { sessionAffinity: null } }, []],
];

describe("customize, by a real API server", function () {
  this.timeout(120_000);
  const api = new Api({ endpoint: ownEndpoint(readKubeconfig()) });

  before(async () => {
    await apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
    await apply(deployment, service);
  });
  after(() => kubectl(["delete", "namespace", namespace, "--wait=false"]));

  for (const [title, which, patch] of patches) {
    it(`merges as it does: ${title}`, async () => {
      const object = objects[which];
      const inside = ["--namespace", namespace, "--dry-run=server", "--output=json"];
      const said = await kubectl([
        "patch",
        object.kind,
        "web",
        "--type=strategic",
        "--patch",
        JSON.stringify(patch),
        ...inside,
      ]);
      const ours = await kubectl(
        ["replace", ...inside, "--filename=-"],
        JSON.stringify(strategicMerge(object, patch)),
      );
      const [theirs, own] = [said, ours].map(comparable);
      assert.deepEqual(own, theirs);
    });
  }

  for (const [title, kind, patch, refused] of fields) {
    it(`knows ${title}`, async () => {
      const found = await unknownFields(api, [
        {
          patches: { [`${kind}/x`]: patch as Patch },
          document: { file: "projects/X.yaml", value: undefined },
          pathOf: () => [],
        },
      ]);
      assert.deepEqual(
        found.map(({ path = "", fix, allowed }) => `${path}: ${fix ?? allowed}`),
        refused,
      );
    });
  }
});

function readKubeconfig(): string {
  return readFileSync(paths(layout()).kubeconfig("admin"), "utf8");
}

/** What of an object is the user's: names in lists sorted, for the server adds new elements before the others. */
function comparable(text: string): unknown {
  const { metadata: own, spec } = JSON.parse(text) as {
    metadata: { annotations?: Record<string, string> };
    spec: unknown;
  };
  const annotations = Object.entries(own.annotations ?? {}).filter(
    ([key]) => !key.includes("kubernetes.io/"),
  );
  return { annotations: Object.fromEntries(annotations), spec: sorted(spec) };
}

const sorted = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(sorted).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
    : typeof value === "object" && value !== null
      ? Object.fromEntries(
          Object.entries(value)
            .map(([key, inner]) => [key, sorted(inner)] as const)
            .sort(([a], [b]) => (a < b ? -1 : 1)),
        )
      : value;
