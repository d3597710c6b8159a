import * as assert from "node:assert/strict";
import type { UnitContext } from "../../../../sandbox/cluster/context";
import { objectPath, type KubernetesObject } from "../../../../sandbox/cluster/objects/object";
import { fileOf, isolated, plain } from "../../../support/sandbox-units";

describe("objects of the sandbox", () => {
  const objectsOf = (context: UnitContext) =>
    JSON.parse(fileOf("objects", "/state/etc/objects.json", context)) as KubernetesObject[];
  const names = (context: UnitContext) =>
    objectsOf(context).map(({ kind, metadata }) => `${kind} ${metadata.name}`);

  it("each have a path of their own", () => {
    const all = objectsOf(isolated).map(objectPath);
    assert.equal(new Set(all).size, all.length);
    assert.ok(all.includes("/api/v1/namespaces/kube-system/services/kube-dns"));
    assert.ok(all.includes("/apis/storage.k8s.io/v1/storageclasses/local-path"));
  });

  it("refuse a kind that nobody has listed", () => {
    const object = { apiVersion: "v1", kind: "Gadget", metadata: { name: "x" } };
    assert.throws(() => objectPath(object), /no path is known for kind Gadget/);
  });

  it("taint the simulated node only where there is a real one", () => {
    const spec = (context: UnitContext) =>
      objectsOf(context).find(({ kind }) => kind === "Node")?.["spec"];
    assert.deepEqual(spec(plain), {});
    assert.deepEqual(spec(isolated), {
      taints: [{ key: "slipway/simulated", effect: "NoSchedule" }],
    });
  });

  it("send pods nowhere where all nodes are simulated", () => {
    assert.ok(names(isolated).includes("MutatingAdmissionPolicy slipway-foreign-pods"));
    assert.ok(!names(plain).some((name) => name.startsWith("MutatingAdmissionPolicy")));
  });

  it("give nobody but people the whole cluster", () => {
    const whole = objectsOf(isolated).filter(
      (object) => (object["roleRef"] as { name: string } | undefined)?.name === "cluster-admin",
    );
    assert.deepEqual(
      whole.map((object) => object["subjects"]),
      [
        [
          {
            apiGroup: "rbac.authorization.k8s.io",
            kind: "Group",
            name: "slipway:cluster-admins",
          },
        ],
      ],
    );
    assert.doesNotMatch(JSON.stringify(objectsOf(isolated)), /"\*"|secrets/);
  });
});
