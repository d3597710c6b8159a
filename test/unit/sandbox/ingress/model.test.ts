import * as assert from "node:assert/strict";
import { buildModel, type Backend, type Model } from "../../../../sandbox/ingress/model";
import type { ClusterObjects, Endpoint, PathType } from "../../../../sandbox/ingress/objects";
import { resolve } from "../../../support/ingress-routing";
import {
  cluster,
  ingress,
  nginx,
  nginxClass,
  service,
  slice,
} from "../../../support/ingress-objects";

const model = (parts: Partial<ClusterObjects>): Model =>
  buildModel(
    cluster({
      services: ["web", "api", "beta"].map((name) => service(name)),
      endpointSlices: [
        slice("web", [{ name: "web-1", address: "10.0.0.1" }]),
        slice("api", [{ name: "api-1", address: "10.0.1.1" }]),
        slice("beta", [{ name: "beta-1", address: "10.0.2.1" }]),
      ],
      ...parts,
    }),
    ["simulated"],
  );

const onlyBackend = ({ backends }: Model): Backend => {
  const [backend] = backends;
  assert.ok(backend && backends.length === 1);
  return backend;
};

const messages = ({ warnings }: Model): string[] => warnings.map(({ message }) => message);

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

  describe("splits requests between a main Ingress and its canary", () => {
    const main = ingress(
      "main",
      { host: "a.test", service: "web" },
      nginx({ "proxy-body-size": "9m" }),
    );
    const canary = (annotations: Record<string, string>, route: Parameters<typeof ingress>[1]) =>
      ingress("canary", { host: "a.test", ...route }, nginx({ canary: "true", ...annotations }));

    const shares: [weight: string, total: string | undefined, share: number][] = [
      ["0", undefined, 0],
      ["20", undefined, 200_000],
      ["100", undefined, 1_000_000],
      ["250", undefined, 1_000_000],
      ["1", "1000", 1_000],
      ["1", "3000", 333],
      ["5", "10", 50_000],
    ];
    for (const [weight, total, share] of shares) {
      it(`weight ${weight} of ${total ?? "100 by default"}`, () => {
        const annotations = {
          "canary-weight": weight,
          ...(total ? { "canary-weight-total": total } : {}),
        };
        const made = model({ ingresses: [main, canary(annotations, { service: "beta" })] });
        assert.equal(made.canaries[0]?.share, share);
      });
    }

    it("with the main one's settings, and its pods where those of the canary fail", () => {
      const made = model({
        ingresses: [main, canary({ "canary-weight": "1" }, { service: "beta" })],
      });
      const [route] = made.routes;
      assert.deepEqual(
        [route?.backend, route?.canary],
        ["shop:main:web:80", "shop:canary:beta:80"],
      );
      const backend = made.backends.find(({ name }) => name === route?.canary);
      assert.deepEqual(
        [backend?.settings.maxBody, backend?.servers[0]?.name, backend?.fallback?.[0]?.name],
        [9 * 2 ** 20, "beta-1", "web-1"],
      );
      assert.deepEqual(messages(made), []);
    });

    it("only on the paths that both have", () => {
      const api = ingress("api", { host: "a.test", path: "/api", service: "api" });
      const made = model({
        ingresses: [main, api, canary({ "canary-weight": "1" }, { service: "beta" })],
      });
      assert.deepEqual(
        made.routes.map(({ path, canary: name }) => [path, name !== undefined]),
        [
          ["/api", false],
          ["/", true],
        ],
      );
    });

    const refused: [title: string, ingresses: ReturnType<typeof ingress>[], text: string][] = [
      [
        "no main Ingress",
        [canary({}, { service: "beta" })],
        "no main Ingress serves a.test/: this canary has no effect",
      ],
      [
        "another path type",
        [main, canary({}, { service: "beta", pathType: "Exact" })],
        "no main Ingress serves a.test/: this canary has no effect",
      ],
      [
        "the same Service",
        [main, canary({}, { service: "web" })],
        "canary and main Ingress of a.test/ lead to the same Service",
      ],
      [
        "two canaries",
        [
          main,
          canary({}, { service: "beta" }),
          ingress("second", { host: "a.test", service: "api" }, nginx({ canary: "true" })),
        ],
        "a.test/ already has a canary: shop/canary",
      ],
    ];
    for (const [title, ingresses, text] of refused) {
      it(`tells of ${title}`, () => {
        assert.deepEqual(messages(model({ ingresses })), [text]);
      });
    }
  });

  it("lets the oldest Ingress win a host and path, and tells the other", () => {
    const younger = ingress("a", { service: "web" }, {}, { created: "2026-02-01T00:00:00Z" });
    const older = ingress("b", { service: "api" }, {}, { created: "2026-01-01T00:00:00Z" });
    const made = model({ ingresses: [younger, older] });
    assert.equal(resolve(made, "shop.test", "/")?.target.service, "shop/api");
    assert.deepEqual(
      made.warnings.map(({ metadata, message }) => [metadata.name, message]),
      [["a", "shop.test/ is already served by the older Ingress shop/b"]],
    );
  });

  it("tells of TLS, of two timeouts that differ, and of what cannot be a route", () => {
    const timeouts = nginx({ "proxy-read-timeout": "10", "proxy-send-timeout": "20" });
    const made = model({
      ingresses: [
        ingress("tls", { host: "t.test", service: "web" }, timeouts, {
          tls: [{ hosts: ["t.test"] }],
        }),
        ingress("space", { host: "u.test", path: "/a b", service: "web" }),
        ingress(
          "resource",
          { service: "web" },
          {},
          {
            rules: [
              {
                host: "v.test",
                http: {
                  paths: [
                    {
                      path: "/",
                      pathType: "Prefix",
                      backend: { resource: { kind: "Bucket", name: "b" } },
                    },
                  ],
                },
              },
            ],
          },
        ),
      ],
    });
    assert.deepEqual(messages(made).sort(), [
      'path "/a b" of host u.test is left out: it holds white space',
      "proxy-read-timeout and proxy-send-timeout differ: the longer one counts for both",
      "spec.tls is not honoured: plain HTTP only",
      "v.test/ is left out: its backend is not a Service with a port",
    ]);
  });

  it("finds node ports, TCP only", () => {
    const ports = [
      { name: "http", port: 80, nodePort: 31001 },
      { name: "dns", port: 53, protocol: "UDP", nodePort: 31002 },
      { name: "inner", port: 81 },
    ];
    const made = model({ services: [service("web", { type: "NodePort", ports })] });
    assert.deepEqual(made.nodePorts, [
      {
        ...{ name: "nodeport:shop:web:80", service: "shop/web", port: 80, nodePort: 31001 },
        servers: [{ name: "web-1", address: "10.0.0.1", port: 8080 }],
      },
    ]);
    assert.deepEqual(messages(made), [
      "node port 31002 is not served on the host: UDP is not supported",
    ]);
  });

  it("gives two rules of one Ingress that rewrite differently a backend each", () => {
    const paths = ["/a/(.*)", "/b/(.*)"].map((path) => ({
      ...{ path, pathType: "ImplementationSpecific" as const },
      backend: { service: { name: "web", port: { number: 80 } } },
    }));
    const rewriting = ingress("one", { service: "web" }, nginx({ "rewrite-target": "/$1" }), {
      rules: [{ host: "a.test", http: { paths } }],
    });
    const made = model({ ingresses: [rewriting] });
    assert.deepEqual(
      made.backends.map(({ name, rewrite }) => [name, rewrite?.pattern]),
      [
        ["shop:one:web:80", "(?i)^/a/(.*)"],
        ["shop:one:web:80:2", "(?i)^/b/(.*)"],
      ],
    );
  });
});
