import * as pulumi from "@pulumi/pulumi";
import assert from "node:assert/strict";
import { AppNamespace, type AppNamespaceArgs } from "../../../components/namespace/namespace";
import { find, record, titles } from "../../support/record";

const args: AppNamespaceArgs = {
  system: "sjzy",
  environment: "test",
  quota: { cpu: "32", memory: "64Gi", pods: 300, volumes: 50 },
  registry: { host: "harbor:8080" },
  keep: true,
};

const declare = (more: Partial<AppNamespaceArgs> = {}) =>
  record("test", () => {
    const { registry, placement } = new AppNamespace({ ...args, ...more });
    return { registry, placement };
  });

describe("the namespace of a system in an environment", () => {
  it("has a quota, limits and a closed network with DNS", async () => {
    const { resources, outputs } = await declare();
    assert.deepEqual(titles(resources), [
      "LimitRange sjzy-test-limits",
      "Namespace sjzy-test",
      "ResourceQuota sjzy-test-quota",
      "NetworkPolicy sjzy-test-allow-dns",
      "NetworkPolicy sjzy-test-default-deny",
      "AppNamespace sjzy-test",
    ]);
    assert.deepEqual(outputs, {
      placement: { namespace: "sjzy-test", system: "sjzy" },
      registry: { host: "harbor:8080" },
    });
  });

  it("stays with what was left in it, where the stack keeps its volumes", async () => {
    for (const keep of [true, false]) {
      const namespace = find((await declare({ keep })).resources, "Namespace");
      assert.equal(namespace.retainOnDelete, keep);
    }
  });

  it("holds what a registry with users is pulled with, and keeps it secret", async () => {
    const registry = { host: "harbor:8080", user: "robot", password: pulumi.secret("hunter2") };
    const { resources, outputs } = await declare({ registry });
    const secret = find(resources, "Secret");
    assert.ok(secret.secrets.some((path) => path.startsWith("stringData")));
    const data = secret.inputs["stringData"] as Record<string, string>;
    assert.deepEqual(JSON.parse(data[".dockerconfigjson"] ?? ""), {
      auths: {
        "harbor:8080": { username: "robot", password: "hunter2", auth: "cm9ib3Q6aHVudGVyMg==" },
      },
    });
    assert.deepEqual(outputs.registry, { host: "harbor:8080", pullSecret: "registry" });
  });
});
