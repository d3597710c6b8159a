import assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Ingress } from "../../../components/ingress/ingress";
import { unwatched } from "../../../src/readiness/rollouts";
import { lookAtCluster } from "../../../src/status/objects";
import { Watch } from "../../../src/status/watch";
import { fakeApi } from "../../support/api";
import { record } from "../../support/record";
import { nothing, told, where } from "../../support/watched";

describe("an object that exists already", () => {
  const found = {
    name: "web",
    namespace: "sjzy-uat",
    managedFields: [{ manager: "kubectl-create" }, { manager: "helm" }],
  };
  const strangers = new Map([
    ["Service/sjzy-uat/web", found],
    ["ServiceAccount/sjzy-uat/web", { ...found, managedFields: [] }],
    ["Secret/sjzy-uat/other", found],
    ["ConfigMap/ingress/web", { ...found, namespace: "ingress" }],
  ]);
  const declare = (options: pulumi.CustomResourceOptions): void => {
    const metadata = { name: "web", namespace: pulumi.output("sjzy-uat") };
    new k8s.core.v1.Service("web", { metadata }, options);
    new k8s.core.v1.ServiceAccount("web", { metadata }, options);
    new k8s.core.v1.ConfigMap("web", { metadata }, options);
    new k8s.core.v1.Secret("unnamed", { metadata: { namespace: "sjzy-uat" } }, options);
  };

  it("is reported, with its manager and how to take it over, all at once", async () => {
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

  it("is taken over if the stack says so, and only that", async () => {
    const text = await told({ strangers }, declare, ["Service/web"]);
    assert.match(text, /: 1 problem\n[^]*ServiceAccount\/web/);
    assert.equal(await told({ strangers }, declare, ["Service/web", "ServiceAccount/web"]), "");
  });

  it("in a preview, keeps what is declared with it from the plugin, whose errors would come first", async () => {
    const registered: string[] = [];
    const newResource = ({ name, type, inputs }: pulumi.runtime.MockResourceArgs) => {
      registered.push(`${type.replace(/.*:/, "")} ${name}`);
      return { id: name, state: inputs as Record<string, unknown> };
    };
    await pulumi.runtime.setMocks({ newResource, call: () => assert.fail() }, "slipway", "uat");
    const watch = new Watch({ where, ...nothing, strangers }, { stack: "uat", adopt: [] }, true);
    const options = { transformations: [watch.transformation] };
    new k8s.core.v1.Service("mail", { metadata: { name: "mail" } }, options);
    watch.pass();
    declare(options);
    watch.pass();
    await new Promise((done) => setTimeout(done, 200));
    assert.deepEqual(registered, ["Service mail"]);
    assert.throws(() => {
      watch.refuse();
    }, /: 2 problems/);
    // Otherwise the SDK would report pending work at the end of all tests.
    (watch as unknown as { open: () => void }).open();
  });

  it("does not matter when something is wrong already: an update ends before it touches anything", async () => {
    await record("uat", () => {
      const known = [{ given: "web.data is in no file", allowed: "declared ones" }];
      const watch = new Watch({ where, ...nothing }, { stack: "uat", adopt: [], known }, false);
      assert.throws(() => {
        declare({ transformations: [watch.transformation] });
      }, /web\.data is in no file/);
    });
  });

  it("is ignored if nothing of its name is declared", async () => {
    assert.equal(await told({ strangers }, () => undefined), "");
  });
});

describe("what stacks of one cluster share", () => {
  const controller = {
    kind: "managed" as const,
    image: "traefik@sha256:aa",
    nodes: {},
    trusted: [],
    port: 80,
  };
  const declare = (options: pulumi.CustomResourceOptions): void => {
    const args = { className: "nginx", system: "sjzy", owner: "sjzy-uat", controller };
    new Ingress("ingress", { ...args, rollouts: unwatched }, options);
  };
  const labels = { "app.kubernetes.io/managed-by": "slipway", "slipway/stack": "sjzy-test" };

  it("is one stack's, and no other's to merge into", async () => {
    const strangers = new Map([
      ["IngressClass/nginx", { name: "nginx", labels }],
      ["DaemonSet/ingress/traefik", { name: "traefik", namespace: "ingress", labels }],
    ]);
    const text = await told({ strangers }, declare);
    assert.match(text, /: 2 problems\n/);
    assert.match(
      text,
      /IngressClass\/nginx exists already, and belongs to the stack with namespace sjzy-test/,
    );
    assert.match(text, /controller: external, namespace: ingress/);
  });

  it("is not in the way by a name that somebody has in another namespace", async () => {
    const there = { name: "traefik", namespace: "sjzy-uat" };
    const strangers = new Map([["Service/sjzy-uat/traefik", there]]);
    assert.equal(await told({ strangers }, declare), "");
  });
});

describe("what somebody is deleting", () => {
  const deletionTimestamp = new Date("2026-11-30T03:00:00Z");
  const web = (name: string) => (options: pulumi.CustomResourceOptions) => {
    new k8s.apps.v1.Deployment(name, { metadata: { name }, spec: {} as never }, options);
  };
  const ending = "it is being deleted since 03:00";

  it("is refused before anything is written to it: the namespace of all", async () => {
    const text = await told({ ending }, web("shop"));
    assert.match(
      text,
      /Namespace sjzy-uat\n.*a namespace that exists and is not being deleted: it is being deleted since 03:00/,
    );
  });

  for (const [what, found, clusterWide, says] of [
    [
      "that is gone, of an update that makes none",
      "absent",
      false,
      /deleted with everything .*pulumi up --refresh --stack/,
    ],
    ["that is not there yet, of one that makes it", "absent", true, /^$/],
    ["that nobody may look at", "hidden", false, /^$/],
    ["that is there", { metadata: { name: "sjzy-uat" } }, false, /^$/],
    [
      "that is going",
      { metadata: { deletionTimestamp } },
      true,
      /since 2026-11-30T03.*gone, pulumi up --refresh --stack \S+ creates it again/,
    ],
  ] as const)
    it(`is reported for the namespace ${what}`, async () => {
      const api = fakeApi({
        list: () => Promise.resolve([]),
        object: () => Promise.resolve(found),
      });
      const { ending } = await lookAtCluster(api, { system: "sjzy", own: "sjzy-uat", clusterWide });
      assert.match(ending ?? "", says);
    });

  for (const [name, expected] of [
    ["shop", /Deployment shop → metadata\.deletionTimestamp\n.*since 2026-11-30T03/],
    ["mail", /^$/],
  ] as const) {
    it(`is refused where it is declared: ${name}, while shop is deleted`, async () => {
      const text = await told(
        { deployed: [{ metadata: { name: "shop", deletionTimestamp } }] },
        web(name),
      );
      assert.match(text, expected);
    });
  }
});
