import * as assert from "node:assert/strict";
import { resolve } from "../../../support/ingress-routing";
import { messages, model } from "../../../support/ingress-model";
import { ingress, nginx, service } from "../../../support/ingress-objects";

describe("the routing model", () => {
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
