import * as assert from "node:assert/strict";
import { ApiError, ConnectionError } from "../../../sandbox/plugins/kubernetes/api-error";
import { collectionPath, objectPath } from "../../../sandbox/plugins/kubernetes/discovery";
import {
  adopted,
  conflicts,
  explainConflicts,
  fieldManagerOf,
  owns,
  yields,
} from "../../../sandbox/plugins/kubernetes/field-managers";
import {
  idOf,
  type ManagedFields,
  parseId,
  parseToken,
} from "../../../sandbox/plugins/kubernetes/objects";
import {
  propagationPolicy,
  waitsForDeletion,
} from "../../../sandbox/plugins/kubernetes/operations/delete";
import type { JsonObject } from "../../../sandbox/plugins/rpc/values";

describe("field managers", () => {
  const entry = (
    manager: string,
    operation: "Apply" | "Update",
    fields: JsonObject,
    more = {},
  ): ManagedFields => ({
    manager,
    operation,
    apiVersion: "v1",
    fieldsType: "FieldsV1",
    fieldsV1: fields,
    ...more,
  });
  const data = (key: string): JsonObject => ({ "f:data": { [`f:${key}`]: {} } });

  it("have one name per resource, the same each time", () => {
    assert.match(fieldManagerOf("urn:a"), /^pulumi-kubernetes-[0-9a-f]{8}$/);
    assert.equal(fieldManagerOf("urn:a"), fieldManagerOf("urn:a"));
    assert.notEqual(fieldManagerOf("urn:a"), fieldManagerOf("urn:b"));
  });

  it("give way when they are our predecessors or a person at a terminal", () => {
    const names = [
      "pulumi-kubernetes",
      "before-first-apply",
      "kubectl",
      "kubectl-edit",
      "kubectl.exe",
    ];
    for (const name of names) assert.ok(yields(name), name);
    for (const name of [
      "kube-controller-manager",
      "helm",
      "kubectlish",
      "pulumi-kubernetes-1234abcd",
    ]) {
      assert.ok(!yields(name), name);
    }
  });

  it("of the official plugin become ours, together with what is ours already", () => {
    const status = entry("pulumi-kubernetes", "Update", data("s"), { subresource: "status" });
    const other = entry("helm", "Update", data("h"));
    const found = adopted(
      [
        entry("pulumi-kubernetes", "Update", data("a")),
        entry("us", "Apply", data("b")),
        status,
        other,
      ],
      "us",
      undefined,
    );
    const merged = entry("us", "Apply", { "f:data": { "f:a": {}, "f:b": {} } });
    assert.deepEqual(found, [status, other, merged]);
  });

  it("of our former name become ours", () => {
    assert.deepEqual(adopted([entry("former", "Apply", data("a"))], "us", "former"), [
      entry("us", "Apply", data("a")),
    ]);
  });

  it("are left alone where none is a predecessor", () => {
    assert.equal(
      adopted([entry("us", "Apply", {}), entry("helm", "Update", {})], "us", "us"),
      undefined,
    );
  });

  it("own fields", () => {
    const entries = [
      entry("us", "Apply", { "f:spec": { "f:replicas": {} } }),
      entry("us", "Update", data("a")),
    ];
    assert.ok(owns(entries, "us", ["spec", "replicas"]));
    assert.ok(owns(entries, "us", ["spec"]));
    assert.ok(!owns(entries, "us", ["data", "a"]));
    assert.ok(!owns(entries, "them", ["spec"]));
  });

  it("in conflict are named with their fields and the way out", () => {
    const causes = [
      {
        reason: "FieldManagerConflict",
        message: 'conflict with "kubectl" with subresource "scale" using apps/v1',
        field: ".spec.replicas",
      },
      { reason: "Other", message: "x", field: ".y" },
    ];
    const error = new ApiError(409, JSON.stringify({ message: "conflict", details: { causes } }));
    assert.deepEqual(conflicts(error), [{ manager: "kubectl", field: ".spec.replicas" }]);
    const text = explainConflicts("Deployment n/a", conflicts(error));
    assert.match(
      text,
      /^Deployment n\/a has fields .*\n {2}\.spec\.replicas is held by "kubectl"\n/,
    );
    assert.match(text, /ignoreChanges[^]*pulumi.com\/patchForce: "true"[^]*enablePatchForce/);
  });
});

describe("answers of an API server", () => {
  const of = (http: number, body: object): ApiError => new ApiError(http, JSON.stringify(body));

  it("say what is the matter", () => {
    assert.ok(of(404, { details: { kind: "namespaces" } }).isNamespaceMissing);
    assert.ok(!of(404, { details: { kind: "pods" } }).isNamespaceMissing);
    assert.ok(of(429, {}).isPassing);
    assert.ok(of(500, { message: "etcdserver: leader changed" }).isPassing);
    assert.ok(!of(500, { message: "nil pointer" }).isPassing);
    assert.equal(of(422, { message: "it is invalid" }).message, "it is invalid");
    assert.match(new ApiError(502, "<html>bad gateway").message, /answered 502: <html>bad gateway/);
  });

  it("that do not come say where they were expected", () => {
    const connection = {
      server: new URL("https://api:6443"),
      context: "prod",
      access: () => Promise.reject(new Error()),
    };
    const refused = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
    const error = new ConnectionError(connection, refused);
    assert.equal(
      error.message,
      'the Kubernetes API at https://api:6443 (context "prod") cannot be reached: connect ECONNREFUSED',
    );
    const slow = Object.assign(new Error("aborted"), { name: "TimeoutError" });
    assert.match(new ConnectionError(connection, slow).message, /no answer in time/);
  });
});

describe("where objects are", () => {
  it("follows from their kind", () => {
    const deployment = { apiVersion: "apps/v1", plural: "deployments", namespaced: true };
    const node = { apiVersion: "v1", plural: "nodes", namespaced: false };
    assert.equal(
      objectPath(deployment, { namespace: "n", name: "a" }),
      "/apis/apps/v1/namespaces/n/deployments/a",
    );
    assert.equal(
      objectPath(deployment, { name: "a" }),
      "/apis/apps/v1/namespaces/default/deployments/a",
    );
    assert.equal(
      objectPath(node, { namespace: "n", name: "system:a/b" }),
      "/api/v1/nodes/system%3Aa%2Fb",
    );
    assert.equal(collectionPath(deployment), "/apis/apps/v1/deployments");
  });

  it("is what their ids say", () => {
    for (const id of ["n/a", "a"]) assert.equal(idOf(parseId(id)), id);
    assert.deepEqual(parseToken("kubernetes:core/v1:Pod"), { apiVersion: "v1", kind: "Pod" });
    assert.deepEqual(parseToken("kubernetes:apps/v1:Deployment"), {
      apiVersion: "apps/v1",
      kind: "Deployment",
    });
  });
});

describe("a deletion", () => {
  const reference = (
    apiVersion: string,
    kind: string,
  ): { apiVersion: string; kind: string; name: string } => ({
    apiVersion,
    kind,
    name: "a",
  });

  it("takes what the object owns first, where it owns something", () => {
    assert.equal(propagationPolicy(undefined, reference("apps/v1", "Deployment")), "Foreground");
    assert.equal(
      propagationPolicy(undefined, reference("example.invalid/v1", "Valve")),
      "Background",
    );
    assert.equal(propagationPolicy(undefined, reference("v1", "ConfigMap")), "Background");
    assert.equal(
      propagationPolicy(undefined, reference("networking.k8s.io/v1", "Ingress")),
      "Background",
    );
  });

  it("goes as the program says", () => {
    assert.equal(propagationPolicy("orphan", reference("apps/v1", "Deployment")), "Orphan");
    assert.equal(propagationPolicy("Background", reference("apps/v1", "Deployment")), "Background");
    assert.equal(propagationPolicy("nonsense", reference("v1", "ConfigMap")), "Background");
  });

  it("is waited for, unless the program does not wait for a workload", () => {
    assert.ok(waitsForDeletion(reference("apps/v1", "Deployment"), false));
    assert.ok(!waitsForDeletion(reference("apps/v1", "Deployment"), true));
    assert.ok(waitsForDeletion(reference("v1", "Service"), true));
  });
});
