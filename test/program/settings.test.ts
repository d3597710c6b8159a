import * as pulumi from "@pulumi/pulumi";
import assert from "node:assert/strict";
import { declareStack, readSettings } from "../support/settings";
import { find, record, type Recorded } from "../support/record";
import { scratchMachine, stackSources } from "../support/stacks";

const digest = `sha256:${"d".repeat(64)}`;
const external = { controller: "external", namespace: "edge", domain: "sjzy.example" };
const managed = { controller: "managed", domain: "sjzy.example" };

/** Every setting of a stack, a resource that it must reach, and the expected value. */
const reaches: [
  key: string,
  value: unknown,
  kind: string,
  name: string,
  path: string,
  found: unknown,
][] = [
  ["system", "shop", "Namespace", "shop-uat", "metadata.name", "shop-uat"],
  [
    "cluster",
    { kind: "kubeconfig", file: "prod.yaml", identifier: "x" },
    "kubernetes",
    "cluster",
    "clusterIdentifier",
    "x",
  ],
  [
    "ingress",
    { ...external, class: "edge" },
    "Ingress",
    "sjzy-front-ingress",
    "spec.ingressClassName",
    "edge",
  ],
  [
    "ingress",
    external,
    "Ingress",
    "sjzy-front-ingress",
    "spec.rules.0.host",
    "packet-bsi-pc-ui.sjzy.example",
  ],
  [
    "ingress",
    external,
    "NetworkPolicy",
    "packet-label",
    "spec.ingress.0.from.1.namespaceSelector.matchLabels",
    { "kubernetes.io/metadata.name": "edge" },
  ],
  [
    "ingress",
    managed,
    "DaemonSet",
    "ingress-controller",
    "spec.template.spec.containers.0.image",
    "docker.io/library/traefik:v3.7.15",
  ],
  [
    "ingress",
    { ...managed, image: `t@${digest}` },
    "DaemonSet",
    "ingress-controller",
    "spec.template.spec.containers.0.image",
    `t@${digest}`,
  ],
  [
    "ingress",
    { ...managed, class: "internal" },
    "IngressClass",
    "ingress-class",
    "metadata.name",
    "internal",
  ],
  [
    "ingress",
    { ...managed, nodes: { role: "edge" } },
    "DaemonSet",
    "ingress-controller",
    "spec.template.spec.nodeSelector",
    { role: "edge" },
  ],
  ["quota", { pods: 77 }, "ResourceQuota", "sjzy-uat-quota", "spec.hard.pods", "77"],
  ["defaults", { replicas: 5 }, "Deployment", "packet-label", "spec.replicas", 5],
];

describe("every setting of a stack reaches a resource", () => {
  for (const [key, value, kind, name, path, found] of reaches) {
    it(`slipway:${key} ${JSON.stringify(value)} → ${kind} ${path}`, async () => {
      const resources = await declare({ [`slipway:${key}`]: value });
      assert.deepEqual(at(find(resources, kind, name), path), found);
    });
  }

  it("registry and releases → Deployment", async () => {
    const resources = await declare({
      "slipway:registry": { host: "r:1" },
      "slipway:releases": { Packet_Label: { digest, tag: "v7" } },
    });
    const { inputs } = find(resources, "Deployment");
    assert.match(JSON.stringify(inputs), new RegExp(`"r:1/front/packet_label@${digest}"`));
    assert.match(JSON.stringify(inputs), /"slipway\/tag":"v7"/);
  });

  it("nodePorts and defaults together → Service", async () => {
    const resources = await declare({
      "slipway:nodePorts": { base: 30500 },
      "slipway:defaults": { expose: "nodePort" },
    });
    const port = at(find(resources, "Service", "packet-label"), "spec.ports.0.nodePort");
    assert.ok(typeof port === "number" && port > 30500 && port <= 30500 + 767);
  });

  it("a registry's user and secret → the Secret that nodes pull with", async () => {
    const resources = await declare(
      {
        "slipway:registry": { host: "r:1", user: "robot", password: "registryPassword" },
        "slipway:secrets.registryPassword": "hunter2",
      },
      ["slipway:secrets.registryPassword"],
    );
    const secret = find(resources, "Secret", "sjzy-uat-registry");
    assert.match(JSON.stringify(secret.inputs), /hunter2/);
    assert.ok(secret.secrets.length > 0);
    const pod = at(find(resources, "Deployment", "packet-label"), "spec.template.spec");
    assert.deepEqual((pod as { imagePullSecrets: object }).imagePullSecrets, [
      { name: "registry" },
    ]);
    const others = resources.filter(({ type }) => !type.endsWith(":Secret"));
    assert.doesNotMatch(JSON.stringify(others), /hunter2/);
  });
});

describe("a stack that is refused", () => {
  it("declares nothing, and reports it without a stack trace", async () => {
    let refused: unknown;
    const { resources } = await record("uat", async () => {
      try {
        await declareStack(settingsOf({ "slipway:registy": {} }));
      } catch (error) {
        refused = error;
      }
    });
    assert.ok(
      pulumi.RunError.isInstance(refused),
      "the Node runner prints a RunError without its stack",
    );
    assert.deepEqual(resources, []);
  });
});

function settingsOf(keys: Record<string, unknown>, secrets: readonly string[] = []) {
  const machine = scratchMachine();
  try {
    const sources = stackSources("uat", machine.env, keys);
    const isSecret = (key: string) => secrets.includes(key);
    return readSettings({ ...sources, engine: { ...sources.engine, isSecret } });
  } finally {
    machine.remove();
  }
}

async function declare(keys: Record<string, unknown>, secrets?: string[]): Promise<Recorded[]> {
  return (await record("uat", () => declareStack(settingsOf(keys, secrets)))).resources;
}

function at({ inputs }: Recorded, path: string): unknown {
  let value: unknown = inputs;
  for (const step of path.split("."))
    value = (value as Record<string, unknown> | undefined)?.[step];
  return value;
}
