import * as assert from "node:assert/strict";
import type { Backend, Model } from "../../../../sandbox/ingress/model";
import type { ClusterObjects, Endpoint, PathType } from "../../../../sandbox/ingress/objects";
import { resolve } from "../../../support/ingress-routing";
import { messages, model } from "../../../support/ingress-model";
import { ingress, nginx, nginxClass, service, slice } from "../../../support/ingress-objects";

const onlyBackend = ({ backends }: Model): Backend => {
  const [backend] = backends;
  assert.ok(backend && backends.length === 1);
  return backend;
};

describe("the routing model", () => {
  describe("finds the Service of a request by host and path", () => {
    const ingresses = [
      ingress("root", { host: "a.test", service: "web" }),
      ingress("api", { host: "A.test", path: "/api", service: "api" }),
      ingress("deep", { host: "a.test", path: "/api/v2/", service: "beta" }),
      ingress("exact", { host: "a.test", path: "/only", pathType: "Exact", service: "beta" }),
      ingress("own", {
        host: "a.test",
        path: "/im",
        pathType: "ImplementationSpecific",
        service: "api",
      }),
      ingress("wild", { host: "*.b.test", service: "web" }),
      ingress("fixed", { host: "x.b.test", path: "/x", service: "api" }),
      ingress("any", { host: "_", path: "/any", service: "beta" }),
    ];
    const cases: [host: string, path: string, service: string | undefined][] = [
      ["a.test", "/", "web"],
      ["a.test", "/other", "web"],
      ["A.TEST:8080", "/", "web"],
      ["a.test", "/api", "api"],
      ["a.test", "/api/", "api"],
      ["a.test", "/api/x", "api"],
      ["a.test", "/apis", "web"],
      ["a.test", "/API", "web"],
      ["a.test", "/api/v2", "beta"],
      ["a.test", "/api/v2/x", "beta"],
      ["a.test", "/api/v20", "api"],
      ["a.test", "/only", "beta"],
      ["a.test", "/only/", "web"],
      ["a.test", "/images", "api"],
      ["y.b.test", "/", "web"],
      ["z.y.b.test", "/", undefined],
      ["b.test", "/", undefined],
      ["x.b.test", "/x", "api"],
      // A host that is named is not its wildcard any more, as the Ingress API has it.
      ["x.b.test", "/y", undefined],
      ["c.test", "/any/thing", "beta"],
      ["c.test", "/", undefined],
    ];
    for (const [host, path, wanted] of cases) {
      it(`${host}${path} → ${wanted ?? "nobody"}`, () => {
        const found = resolve(model({ ingresses }), host, path);
        assert.equal(found?.target.service, wanted && `shop/${wanted}`);
      });
    }
  });

  describe("treats all paths of a host as regular expressions once one is", () => {
    const own: PathType = "ImplementationSpecific";
    const ingresses = [
      ingress(
        "rewriting",
        { host: "r.test", path: "/old(/|$)(.*)", pathType: own, service: "web" },
        nginx({ "rewrite-target": "/new/$2" }),
      ),
      ingress("longer", { host: "r.test", path: "/old/but/very/special", service: "api" }),
      ingress("root", { host: "r.test", service: "beta" }),
      ingress("elsewhere", { host: "s.test", path: "/x", service: "api" }),
    ];
    const cases: [host: string, path: string, service: string | undefined][] = [
      ["r.test", "/old", "web"],
      ["r.test", "/OLD/x", "web"],
      ["r.test", "/older", "beta"],
      ["r.test", "/old/but/very/special/x", "api"],
      ["r.test", "/", "beta"],
      ["rxtest", "/old", undefined],
      ["s.test", "/x", "api"],
      ["s.test", "/X", undefined],
    ];
    for (const [host, path, wanted] of cases) {
      it(`${host}${path} → ${wanted ?? "nobody"}`, () => {
        const found = resolve(model({ ingresses }), host, path);
        assert.equal(found?.target.service, wanted && `shop/${wanted}`);
      });
    }

    it("and leaves out those that are none", () => {
      const broken = ingress("broken", { host: "r.test", path: "/a(", service: "api" });
      const made = model({ ingresses: [...ingresses, broken] });
      assert.deepEqual(messages(made), [
        "r.test/a( is left out: its path is not a regular expression",
      ]);
    });
  });

  describe("knows which Ingresses are ours", () => {
    const legacy = { "kubernetes.io/ingress.class": "nginx" };
    const isDefault = { "ingressclass.kubernetes.io/is-default-class": "true" };
    const byDefault = { ...nginxClass, metadata: { name: "nginx", annotations: isDefault } };
    const other = { metadata: { name: "other" }, spec: { controller: "example.com/other" } };
    const cases: [
      title: string,
      parts: Parameters<typeof ingress>[3],
      annotations: object,
      classes: unknown[],
      ours: boolean,
    ][] = [
      ["by class", {}, {}, [nginxClass], true],
      ["not without the class itself", {}, {}, [], false],
      ["not those of another class", { ingressClassName: "other" }, {}, [nginxClass, other], false],
      ["by the annotation of old", { ingressClassName: undefined }, legacy, [], true],
      ["by default", { ingressClassName: undefined }, {}, [byDefault], true],
      [
        "not by default where there is none",
        { ingressClassName: undefined },
        {},
        [nginxClass],
        false,
      ],
    ];
    for (const [title, spec, annotations, ingressClasses, ours] of cases) {
      it(title, () => {
        const one = ingress("one", { service: "web" }, { ...annotations }, spec);
        const made = model({
          ingresses: [one],
          ingressClasses: ingressClasses as ClusterObjects["ingressClasses"],
        });
        assert.equal(made.ingresses.length, ours ? 1 : 0);
      });
    }
  });

  describe("asks the default backend", () => {
    const defaultBackend = { service: { name: "beta", port: { name: "http" } } };
    it("everywhere, when an Ingress has no rule", () => {
      const one = ingress("one", { service: "web" }, {}, { rules: undefined, defaultBackend });
      assert.equal(
        resolve(model({ ingresses: [one] }), "any.test", "/x")?.target.service,
        "shop/beta",
      );
    });
    it("on its own hosts, where no rule matches", () => {
      const one = ingress(
        "one",
        { host: "a.test", path: "/web", service: "web" },
        {},
        { defaultBackend },
      );
      const made = model({ ingresses: [one] });
      assert.equal(resolve(made, "a.test", "/x")?.target.service, "shop/beta");
      assert.equal(resolve(made, "b.test", "/x"), undefined);
    });
    it("and not where a path / is served", () => {
      const one = ingress(
        "one",
        { host: "a.test", path: "/web", service: "web" },
        {},
        { defaultBackend },
      );
      const root = ingress(
        "root",
        { host: "a.test", service: "api" },
        {},
        { created: "2027-01-01T00:00:00Z" },
      );
      const made = model({ ingresses: [one, root] });
      assert.equal(resolve(made, "a.test", "/x")?.target.service, "shop/api");
      assert.deepEqual(messages(made), []);
    });
  });

  describe("sends requests to pods that may serve", () => {
    const pod = (name: string, conditions: Endpoint["conditions"], node = "slipway-1") => ({
      ...{ name, address: `10.1.0.${name.slice(1)}`, conditions, node },
    });
    const ready = { ready: true, serving: true, terminating: false };
    const starting = { ready: false, serving: false, terminating: false };
    const leaving = { ready: false, serving: true, terminating: true };
    const gone = { ready: false, serving: false, terminating: true };
    const cases: [title: string, pods: ReturnType<typeof pod>[], servers: string[]][] = [
      ["all that are ready", [pod("p2", ready), pod("p1", ready)], ["p1", "p2"]],
      ["those without conditions", [pod("p1", undefined)], ["p1"]],
      ["not those that start", [pod("p1", ready), pod("p2", starting)], ["p1"]],
      ["not those that end", [pod("p1", ready), pod("p2", leaving)], ["p1"]],
      [
        "those that end but serve, where no other does",
        [pod("p1", starting), pod("p2", leaving)],
        ["p2"],
      ],
      ["nobody, where none can", [pod("p1", starting), pod("p2", gone)], []],
      ["not those on a simulated node", [pod("p1", ready), pod("p2", ready, "simulated")], ["p1"]],
    ];
    for (const [title, pods, servers] of cases) {
      it(title, () => {
        const made = model({
          ingresses: [ingress("one", { service: "web" })],
          endpointSlices: [slice("web", pods)],
        });
        const { servers: found, missing } = onlyBackend(made);
        assert.deepEqual([found.map(({ name }) => name), missing], [servers, undefined]);
      });
    }

    it("once, though two slices show it", () => {
      const pods = [pod("p1", ready)];
      const made = model({
        ingresses: [ingress("one", { service: "web" })],
        endpointSlices: [slice("web", pods), slice("web", [...pods, pod("p2", ready)], "web-2")],
      });
      assert.deepEqual(
        made.backends[0]?.servers.map(({ name }) => name),
        ["p1", "p2"],
      );
    });

    it("on the port that the slice has for the Service's port", () => {
      const made = model({
        ingresses: [ingress("one", { service: "web" })],
        services: [
          service("web", {
            ports: [
              { name: "metrics", port: 81 },
              { name: "http", port: 80 },
            ],
          }),
        ],
        endpointSlices: [
          {
            ...slice("web", [pod("p1", ready)]),
            ports: [
              { name: "metrics", port: 9090 },
              { name: "http", port: 8080 },
            ],
          },
        ],
      });
      assert.deepEqual(made.backends[0]?.servers, [
        { name: "p1", address: "10.1.0.1", port: 8080 },
      ]);
    });

    const missing: [title: string, parts: Partial<ClusterObjects>, text: string][] = [
      ["the Service", { services: [] }, "there is no Service shop/web"],
      [
        "the port",
        { services: [service("web", { ports: [{ port: 81 }] })] },
        "Service shop/web has no port 80",
      ],
      [
        "a type of Service that is supported",
        { services: [service("web", { type: "ExternalName", ports: [] })] },
        "Service shop/web is of type ExternalName, which is not supported here",
      ],
      [
        "a pod that is real",
        { endpointSlices: [slice("web", [pod("p1", ready, "simulated")])] },
        "the pods of Service shop/web run on a simulated node and cannot answer",
      ],
    ];
    for (const [title, parts, text] of missing) {
      it(`says that there is missing ${title}`, () => {
        const made = model({ ingresses: [ingress("one", { service: "web" })], ...parts });
        assert.deepEqual([made.backends[0]?.servers, made.backends[0]?.missing], [[], text]);
      });
    }
  });
});
