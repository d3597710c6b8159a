import * as assert from "node:assert/strict";
import { driftedInputs } from "../../../sandbox/plugins/kubernetes/drift";
import { withIgnored } from "../../../sandbox/plugins/kubernetes/ignored";
import type { KubeObject } from "../../../sandbox/plugins/kubernetes/objects";
import {
  expectedOutputs,
  manifest,
  outputs,
  previewOutputs,
  recorded,
} from "../../../sandbox/plugins/kubernetes/state";
import {
  type JsonObject,
  type Properties,
  Secret,
  unknown,
} from "../../../sandbox/plugins/rpc/values";

describe("what is recorded", () => {
  const live = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "a", namespace: "n", uid: "u", managedFields: [] },
    data: { k: "v" },
  } as unknown as KubeObject;

  it("is the live object beside what was applied, and can be read back", () => {
    const inputs = { kind: "ConfigMap", data: { k: new Secret("v") } };
    const state = outputs(live, { inputs, initialApiVersion: "v1", fieldManager: "m" });
    assert.deepEqual(state, {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "a", namespace: "n", uid: "u" },
      data: { k: new Secret("v") },
      __inputs: inputs,
      __initialApiVersion: "v1",
      __fieldManager: "m",
    });
    assert.deepEqual(recorded(state), {
      inputs,
      initialApiVersion: "v1",
      fieldManager: "m",
      imported: false,
    });
  });

  it("spells the schema keys of a definition as the SDK does", () => {
    const definition = (key: string): JsonObject => ({
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: "a" },
      spec: { versions: [{ schema: { [key]: true } }] },
    });
    const dashes = definition("x-kubernetes-preserve-unknown-fields");
    const underscores = definition("x_kubernetes_preserve_unknown_fields");
    assert.deepEqual(manifest(underscores), dashes);
    const state = outputs(dashes as unknown as KubeObject, {
      inputs: underscores,
      initialApiVersion: "",
      fieldManager: "",
    });
    assert.deepEqual(state["spec"], underscores["spec"]);
  });

  it("is sent without nulls", () => {
    assert.deepEqual(manifest({ metadata: { name: "a", labels: null }, list: [{ a: null }] }), {
      metadata: { name: "a" },
      list: [{}],
    });
  });

  it("is unknown in a preview where the server will decide", () => {
    const ports = [
      { port: 80, nodePort: 30001 },
      { port: 81, nodePort: 31001 },
    ];
    const dryRun = {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "a", uid: "u", labels: {} },
      spec: { type: "NodePort", clusterIP: "10.0.0.1", clusterIPs: ["10.0.0.1"], ports },
      status: {},
    } as unknown as KubeObject;
    const inputs: Properties = {
      spec: { type: "NodePort", ports: [{ port: 80 }, { port: 81, nodePort: 31001 }] },
    };
    const shown = previewOutputs(dryRun, inputs);
    assert.deepEqual(shown["spec"], {
      type: "NodePort",
      clusterIP: unknown,
      clusterIPs: unknown,
      ports: [
        { port: 80, nodePort: unknown },
        { port: 81, nodePort: 31001 },
      ],
    });
    assert.equal((shown["metadata"] as Properties)["uid"], unknown);
    assert.ok(!("status" in shown));
    const bare = expectedOutputs({ apiVersion: "v1", kind: "Service", metadata: {}, spec: {} });
    assert.equal((bare["spec"] as Properties)["clusterIP"], unknown);
  });
});

describe("drift", () => {
  const container = (more: object): JsonObject => ({ name: "main", image: "a:1", ...more });
  const cases: Record<string, [Properties, JsonObject, JsonObject, Properties]> = {
    "is not another spelling": [{ cpu: "0.01" }, { cpu: "10m" }, { cpu: "10m" }, { cpu: "0.01" }],
    "is another value": [{ cpu: "0.01" }, { cpu: "10m" }, { cpu: "20m" }, { cpu: "20m" }],
    "is a key that is gone": [{ a: "1", b: "2" }, { a: "1", b: "2" }, { a: "1" }, { a: "1" }],
    "is not a key that somebody added": [
      { a: "1" },
      { a: "1", b: "2" },
      { a: "1", b: "2" },
      { a: "1" },
    ],
    "is not what the server never takes": [
      { a: "1", n: "" },
      { a: "1" },
      { a: "1", z: 1 },
      { a: "1", n: "" },
    ],
    "is found in an item by its name": [
      { containers: [container({ env: [] })] },
      { containers: [{ name: "sidecar" }, container({ pull: "Always" })] },
      { containers: [{ name: "sidecar" }, container({ image: "a:2", pull: "Always" })] },
      { containers: [{ name: "main", image: "a:2", env: [] }] },
    ],
    "is an item that is gone": [
      { ports: [{ port: 80 }, { port: 81 }] },
      { ports: [{ port: 80 }, { port: 81 }] },
      { ports: [{ port: 80 }] },
      { ports: [{ port: 80 }] },
    ],
    "is an item that applying would remove": [
      { rules: [{ name: "a" }] },
      { rules: [{ name: "a" }] },
      { rules: [{ name: "a" }, { name: "b" }] },
      { rules: [{ name: "a" }, { name: "b" }] },
    ],
    "is a plain list as a whole": [
      { l: ["a"] },
      { l: ["a"] },
      { l: ["b", "c"] },
      { l: ["b", "c"] },
    ],
    "stays secret": [
      { a: new Secret("x"), l: new Secret({ b: "1" }) },
      { a: "x", l: { b: "1" } },
      { a: "y", l: { b: "2" } },
      { a: new Secret("y"), l: new Secret({ b: "2" }) },
    ],
  };
  for (const [title, [inputs, applied, live, expected]] of Object.entries(cases)) {
    it(title, () => {
      assert.deepEqual(driftedInputs(inputs, applied, live), expected);
    });
  }
});

describe("ignored fields", () => {
  const object = {
    metadata: { name: "a" },
    spec: { replicas: 1, other: 1 },
  } as unknown as KubeObject;
  const live = (manager: string): KubeObject =>
    ({
      metadata: {
        name: "a",
        managedFields: [
          { manager, operation: "Apply", fieldsV1: { "f:spec": { "f:replicas": {} } } },
        ],
      },
      spec: { replicas: 3, other: 2 },
    }) as unknown as KubeObject;

  it("are not sent where somebody else manages them", () => {
    const sent = withIgnored(object, ["spec.replicas"], live("autoscaler"), "us");
    assert.deepEqual(sent["spec"], { other: 1 });
  });

  it("are sent as they are where they are ours, for leaving them out would unset them", () => {
    const sent = withIgnored(object, ["spec.replicas"], live("us"), "us");
    assert.deepEqual(sent["spec"], { replicas: 3, other: 1 });
  });

  it("that are not there are sent as declared", () => {
    assert.deepEqual(withIgnored(object, ["spec.absent", "status.x"], live("us"), "us"), object);
  });
});
