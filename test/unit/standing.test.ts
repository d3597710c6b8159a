import assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Watch, type Standing } from "../../src/standing";
import { record } from "../support/record";

/** What a stack is told that declares these, on a cluster where these stand. */
async function told(
  standing: Partial<Standing>,
  declare: (options: pulumi.CustomResourceOptions) => void,
  adopt: readonly string[] = [],
  preview = true,
): Promise<string> {
  const all = { strangers: new Map(), claims: new Map(), ...standing };
  const watch = new Watch(all, "uat", adopt, preview);
  try {
    await record("uat", () => {
      declare({ transformations: [watch.transformation] });
      watch.refuse();
    });
    return "";
  } catch (error) {
    assert.ok(pulumi.RunError.isInstance(error));
    return error.message;
  }
}

describe("an object that exists already", () => {
  const found = {
    name: "web",
    namespace: "sjzy-uat",
    managedFields: [{ manager: "kubectl-create" }, { manager: "helm" }],
  };
  const strangers = new Map([
    ["Service/web", found],
    ["ServiceAccount/web", { ...found, managedFields: [] }],
    ["Secret/other", found],
  ]);
  const declare = (options: pulumi.CustomResourceOptions): void => {
    const metadata = { name: "web", namespace: pulumi.output("sjzy-uat") };
    new k8s.core.v1.Service("web", { metadata }, options);
    new k8s.core.v1.ServiceAccount("web", { metadata }, options);
    new k8s.core.v1.ConfigMap("web", { metadata }, options);
    new k8s.core.v1.Secret("unnamed", { metadata: { namespace: "sjzy-uat" } }, options);
  };

  it("is told of, with who manages it and how it is taken over, all at once", async () => {
    const text = await told({ strangers }, declare);
    assert.match(text, /^Stack uat is refused: .*: 2 problems\n/);
    assert.match(text, /Pulumi\.uat\.yaml → slipway:adopt\n/);
    assert.match(text, /Service\/web in namespace sjzy-uat .*managed by kubectl-create, helm/);
    assert.match(text, /to take it over, add `- ServiceAccount\/web`/);
    assert.doesNotMatch(text, /ConfigMap|Secret/);
  });

  it("ends an update before it is touched", async () => {
    const text = await told({ strangers }, declare, [], false);
    assert.match(text, /: 1 problem\n[^]*Service\/web/);
  });

  it("is taken over where the stack says so, and only that", async () => {
    const text = await told({ strangers }, declare, ["Service/web"]);
    assert.match(text, /: 1 problem\n[^]*ServiceAccount\/web/);
    assert.equal(await told({ strangers }, declare, ["Service/web", "ServiceAccount/web"]), "");
  });

  it("is none of ours where nothing of its name is declared", async () => {
    assert.equal(await told({ strangers }, () => undefined), "");
  });
});

describe("a claim that exists already", () => {
  const claim = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "2Gi" } } };
  const claims = new Map([["web.data", { ...claim, storageClassName: "fast" }]]);
  const changes: [title: string, change: object, says: RegExp | undefined][] = [
    ["as it was made", {}, undefined],
    ["of the class that it got", { storageClassName: "fast" }, undefined],
    ["larger", { resources: { requests: { storage: "3Gi" } } }, undefined],
    ["smaller", { resources: { requests: { storage: "1536Mi" } } }, /requests\.storage\n.*1536Mi/],
    ["of another class", { storageClassName: "slow" }, /storageClassName\n[^]*"fast", as it was/],
    ["for another use", { accessModes: ["ReadWriteMany"] }, /accessModes\n[^]*ReadWriteMany/],
  ];
  for (const [title, change, says] of changes) {
    it(`and is declared ${title} is ${says === undefined ? "left as it is" : "not replaced"}`, async () => {
      const metadata = { name: "web.data" };
      const text = await told({ claims }, (options) => {
        const spec = { ...claim, ...change };
        new k8s.core.v1.PersistentVolumeClaim("data", { metadata, spec }, options);
      });
      if (says === undefined) assert.equal(text, "");
      else assert.match(text, says);
    });
  }
});
