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

  it("takes only pods that keep the restricted standard", async () => {
    const { metadata } = find((await declare()).resources, "Namespace").inputs as {
      metadata: { labels: Record<string, string> };
    };
    assert.equal(metadata.labels["pod-security.kubernetes.io/enforce"], "restricted");
  });

  it("limits what its projects take together", async () => {
    const quota = { cpu: "4", memory: "8Gi", pods: 20, volumes: 5 } as const;
    const { inputs } = find((await declare({ quota })).resources, "ResourceQuota");
    assert.deepEqual(inputs["spec"], {
      hard: {
        "requests.cpu": "4",
        "requests.memory": "8Gi",
        pods: "20",
        persistentvolumeclaims: "5",
      },
    });
  });

  it("denies every connection that is not allowed elsewhere", async () => {
    const { inputs } = find((await declare()).resources, "NetworkPolicy", "sjzy-test-default-deny");
    assert.deepEqual(inputs["spec"], { podSelector: {}, policyTypes: ["Ingress", "Egress"] });
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
