import assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import { Watch } from "../../../src/status/watch";
import { find, record } from "../../support/record";
import { nothing, told, volumes, where } from "../../support/watched";

describe("a claim that exists already", () => {
  const claim = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "2Gi" } } };
  const spec = { ...claim, storageClassName: "fast" };
  const claims = new Map([["web.data", { metadata: { name: "web.data" }, spec }]]);
  const changes: [title: string, change: object, says: RegExp | undefined][] = [
    ["as it was created", {}, undefined],
    ["of the class that it got", { storageClassName: "fast" }, undefined],
    ["larger", { resources: { requests: { storage: "3Gi" } } }, undefined],
    [
      "smaller",
      { resources: { requests: { storage: "1536Mi" } } },
      /projects\/Web\.yaml:5 → volumes\.data\.size\n.*1536Mi/,
    ],
    [
      "of another class",
      { storageClassName: "slow" },
      /Pulumi\.uat\.yaml → slipway:storage\.class\n[^]*"fast", as Pers\S+ web\.data was created/,
    ],
    [
      "for another use",
      { accessModes: ["ReadWriteMany"] },
      /projects\/Web\.yaml:6 → volumes\.data\.access\n[^]*ReadWriteMany/,
    ],
  ];
  it("and is being deleted is reported, before the pod ends that still has it", async () => {
    const metadata = { name: "web.data", deletionTimestamp: "2026-11-30T09:00:00Z" };
    const ending = new Map([["web.data", { metadata, spec }]]);
    const text = await told({ claims: ending }, (options) => {
      const declared = { metadata: { name: "web.data" }, spec: claim };
      new k8s.core.v1.PersistentVolumeClaim("data", declared, options);
    });
    assert.match(text, /web\.data → metadata\.deletionTimestamp\n[^]*is not being deleted/);
  });

  for (const [what, classes, says] of [
    [
      "may not be made larger",
      [{ metadata: { name: "fast" } }],
      /volumes\.data\.size\n.*3Gi[^]*"2Gi", as/,
    ],
    ["may be made larger", [{ metadata: { name: "fast" }, allowVolumeExpansion: true }], /^$/],
    ["nobody knows", [{ metadata: { name: "slow" } }], /^$/],
    ["nobody may list", undefined, /^$/],
  ] as const)
    it(`and is declared larger, of a class that ${what}`, async () => {
      const text = await told({ claims, classes }, (options) => {
        const spec = { ...claim, resources: { requests: { storage: "3Gi" } } };
        new k8s.core.v1.PersistentVolumeClaim(
          "data",
          { metadata: { name: "web.data" }, spec },
          options,
        );
      });
      assert.match(text, says);
    });

  it("and is larger than in the settings of a version that is gone back to stays so", async () => {
    const kept = new Map([...volumes].map(([name, one]) => [name, { ...one, kept: true }]));
    const all = { where, ...nothing, claims };
    const watch = new Watch(all, { stack: "uat", adopt: [], volumes: kept }, false);
    const { resources } = await record("uat", () => {
      const spec = { ...claim, resources: { requests: { storage: "1Gi" } } };
      const metadata = { name: "web.data" };
      const options = { transformations: [watch.transformation] };
      new k8s.core.v1.PersistentVolumeClaim("data", { metadata, spec }, options);
      watch.refuse();
    });
    const { spec: declared } = find(resources, "PersistentVolumeClaim").inputs as { spec: object };
    assert.deepEqual(declared, { ...claim, resources: { requests: { storage: "2Gi" } } });
  });

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
