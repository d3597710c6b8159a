import assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { Refusal } from "../../../src/kubernetes/api";
import { lookAtCluster } from "../../../src/status/objects";
import { Watch } from "../../../src/status/watch";
import { fakeApi } from "../../support/api";
import { find, record } from "../../support/record";
import { nothing, told, where } from "../../support/watched";

describe("a Service that exists already", () => {
  const services = new Map([["web", { ports: [{ name: "http", port: 80, nodePort: 31_005 }] }]]);
  const service = (name: string, port: number) => (options: pulumi.CustomResourceOptions) => {
    const spec = { type: "NodePort", ports: [{ name: "http", port, nodePort: 31_005 }] };
    new k8s.core.v1.Service(name, { metadata: { name }, spec }, options);
  };

  it("keeps its NodePort, and may change its port", async () => {
    assert.equal(await told({ services }, service("web", 80)), "");
    assert.equal(await told({ services }, service("web", 8080)), "");
  });

  for (const [what, live, declared, annotated] of [
    [
      "is rewritten if somebody has added to its selector",
      { app: "web", hand: "yes" },
      { app: "web", "slipway/slot": "a" },
      "hand",
    ],
    [
      "is left where it leads to the other slot",
      { app: "web", "slipway/slot": "b" },
      { app: "web", "slipway/slot": "a" },
      undefined,
    ],
    [
      "is left where it leads to both slots from now on",
      { app: "web", "slipway/slot": "b" },
      { app: "web" },
      undefined,
    ],
  ] as const)
    for (const preview of [true, false])
      it(`${what}, ${preview ? "in a preview" : "in an update"}`, async () => {
        const services = new Map([["web", { version: "7", selector: { ...live } }]]);
        const watch = new Watch(
          { where, ...nothing, services },
          { stack: "uat", adopt: [] },
          preview,
        );
        const { resources } = await record("uat", () => {
          const options = { transformations: [watch.transformation] };
          const metadata = { name: "web", annotations: { kept: "yes" } };
          new k8s.core.v1.Service("web", { metadata, spec: { selector: declared } }, options);
          watch.pass();
        });
        const metadata = find(resources, "Service").inputs["metadata"] as object;
        const more = annotated === undefined ? {} : { "slipway/put-right": `${annotated} 7` };
        assert.deepEqual(metadata, { name: "web", annotations: { kept: "yes", ...more } });
      });

  it("does not lose its NodePort to another in one update", async () => {
    const text = await told({ services }, service("shop", 80));
    assert.match(text, /Service shop → spec\.ports\.nodePort\n.*31005\n.*web has this one now/);
  });

  it("does not get a NodePort of another namespace", async () => {
    const taken = new Map([[31_005, "legacy/squatter"]]);
    const text = await told({ taken }, service("shop", 80));
    assert.match(
      text,
      /Service shop → spec\.ports\.nodePort\n.*31005\n.*legacy\/squatter has this one/,
    );
  });

  it("reports NodePorts that others have, if access is allowed", async () => {
    const ports = [{ port: 80, nodePort: 31_005 }];
    const service = (namespace: string) => ({
      metadata: { name: "web", namespace },
      spec: { ports },
    });
    const looking = async (answer: () => Promise<object[]>) => {
      const list = (path: string) => (path === "/api/v1/services" ? answer() : Promise.resolve([]));
      const api = fakeApi({ list, object: () => Promise.resolve("absent") });
      const where = { system: "sjzy", own: "sjzy-uat", clusterWide: true, nodePorts: true };
      return [...(await lookAtCluster(api, where)).taken];
    };
    const both = () => Promise.resolve([service("sjzy-uat"), service("legacy")]);
    assert.deepEqual(await looking(both), [[31_005, "legacy/web"]]);
    assert.deepEqual(await looking(() => Promise.reject(new Refusal(403, "no"))), []);
  });

  it("is not taken over with another port of the same name", async () => {
    assert.equal(await told({ services }, service("web", 80), ["Service/web"]), "");
    const text = await told({ services }, service("web", 8080), ["Service/web"]);
    assert.match(text, /Service web → spec\.ports\n.*http: 80[^]*kubectl delete service web/);
  });
});
