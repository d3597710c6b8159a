import assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Ingress } from "../../../components/ingress/ingress";
import { unwatched } from "../../../src/readiness/rollouts";
import { Refusal } from "../../../src/kubernetes/api";
import { readYaml } from "../../../components/shared/config/document";
import { fakeApi } from "../../support/api";
import { lookAtCluster, type LiveObjects } from "../../../src/status/objects";
import { Watch, type Given } from "../../../src/status/watch";
import { find, record } from "../../support/record";

const where = { system: "sjzy", own: "sjzy-uat", controller: "ingress", clusterWide: true };
const nothing = {
  fresh: false,
  strangers: new Map(),
  claims: new Map(),
  services: new Map(),
  taken: new Map(),
};

const file =
  "name: Web\nvolumes:\n  data:\n    path: /data\n    size: 2Gi\n    access: ReadWriteOnce\n";
const read = readYaml("projects/Web.yaml", file);
const volumes = new Map(
  "document" in read
    ? [["web.data", { document: () => read.document, volume: "data", kept: false }]]
    : [],
);

/** The error for a stack that declares these, on a cluster with those. */
async function told(
  {
    deployed = [],
    classes,
    ...live
  }: Partial<LiveObjects> & Pick<Given, "classes"> & { deployed?: Parameters<Watch["know"]>[0] },
  declare: (options: pulumi.CustomResourceOptions) => void,
  adopt: readonly string[] = [],
  preview = true,
): Promise<string> {
  const all = { where, ...nothing, ...live };
  const watch = new Watch(all, { stack: "uat", adopt, classes, volumes }, preview);
  watch.know(deployed);
  try {
    await record("uat", () => {
      declare({ transformations: [watch.transformation] });
      watch.refuse();
      watch.pass();
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
    assert.match(text, /IngressClass\/nginx exists already, of the stack that has sjzy-test/);
    assert.match(text, /controller: external, namespace: ingress/);
  });

  it("is not in the way by a name that somebody has in another namespace", async () => {
    const there = { name: "traefik", namespace: "sjzy-uat" };
    const strangers = new Map([["Service/sjzy-uat/traefik", there]]);
    assert.equal(await told({ strangers }, declare), "");
  });
});

describe("whose an object is", () => {
  /** Cases in which a Service in the projects' namespace belongs to somebody else. */
  const strangers = async (metadata: object): Promise<string[]> => {
    const api = fakeApi({
      list: (path: string) =>
        Promise.resolve(
          path.endsWith("/services")
            ? [{ metadata: { name: "web", namespace: "sjzy-uat", ...metadata }, spec: {} }]
            : [],
        ),
      object: () => Promise.resolve("absent"),
    });
    const where = { system: "sjzy", own: "sjzy-uat", clusterWide: true };
    return [...(await lookAtCluster(api, where)).strangers.keys()];
  };
  const labels = (managedBy: string, more: object = {}) => ({
    "app.kubernetes.io/part-of": "sjzy",
    "app.kubernetes.io/component": "front",
    "app.kubernetes.io/managed-by": managedBy,
    ...more,
  });
  const managedFields = [{ manager: "pulumi-kubernetes-1a2b" }, { manager: "kubectl-label" }];
  const stranger = ["Service/sjzy-uat/web"];

  for (const [what, metadata, expected] of [
    ["ours by its label", { labels: labels("slipway") }, []],
    ["nobody's we know", {}, stranger],
    [
      "ours, though another tool has written its name over it",
      { labels: labels("Helm"), managedFields },
      [],
    ],
    [
      "another tool's, though it is called a part of the same",
      { labels: labels("Helm") },
      stranger,
    ],
    ["another stack's", { labels: labels("slipway", { "slipway/stack": "sjzy-test" }) }, stranger],
  ] as const) {
    it(what, async () => {
      assert.deepEqual(await strangers(metadata), expected);
    });
  }
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
      /Namespace sjzy-uat\n.*a namespace that is there, and that nobody is deleting: it is being deleted since 03:00/,
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

describe("a claim that exists already", () => {
  const claim = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "2Gi" } } };
  const spec = { ...claim, storageClassName: "fast" };
  const claims = new Map([["web.data", { metadata: { name: "web.data" }, spec }]]);
  const changes: [title: string, change: object, says: RegExp | undefined][] = [
    ["as it was made", {}, undefined],
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
      /Pulumi\.uat\.yaml → slipway:storage\.class\n[^]*"fast", as Pers\S+ web\.data was made/,
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
    assert.match(text, /web\.data → metadata\.deletionTimestamp\n[^]*nobody is deleting/);
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
