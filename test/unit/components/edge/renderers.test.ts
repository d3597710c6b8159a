import assert from "node:assert/strict";
import { projectsMap, proxyConfig } from "../../../../components/edge/proxy";
import { portConfig } from "../../../../components/shared/edge/port";
import { edge } from "../../../support/edge";

/** Lines of a section of HAProxy's configuration, without those about request logging. */
function section(text: string, name: string): string[] {
  const lines = text.split("\n");
  const from = lines.findIndex((line) => line.startsWith(name));
  const rest = lines.slice(from + 1);
  const to = rest.findIndex((line) => line === "");
  return rest
    .slice(0, to < 0 ? undefined : to)
    .map((line) => line.trim())
    .filter((line) => !line.startsWith("log-format"));
}

const rules = [
  "http-request set-var(txn.host) req.hdr(host),host_only,lower,rtrim(.)",
  "http-request set-var(txn.path) path,bytes(0,1024)",
  "http-request set-var(txn.project) var(txn.host),concat(,txn.path),map_beg(projects.map)",
];
const sent = [
  "http-request set-header X-Forwarded-For %[src]",
  "http-request set-header X-Forwarded-Proto %[ssl_fc,iif(https,http)]",
  "# Whatever changes something is sent once, whatever becomes of it.",
  "http-request disable-l7-retry unless { method GET HEAD OPTIONS }",
  "default_backend ingress",
];

describe("an edge's HAProxy", () => {
  it("answers by HTTP alone where there is no certificate", () => {
    assert.deepEqual(section(proxyConfig(edge({ certificates: [] })), "frontend web"), [
      "bind 10.0.0.101:80 transparent",
      ...rules,
      ...sent,
    ]);
  });

  it("answers by HTTPS where there is one, and knows it from the one before", () => {
    assert.deepEqual(section(proxyConfig(edge()), "frontend web"), [
      "bind 10.0.0.101:80 transparent",
      "bind 10.0.0.101:443 transparent ssl crt certificates alpn h2,http/1.1",
      "# shop.example: abcd",
      ...rules,
      ...sent,
    ]);
  });

  it("sends people to HTTPS for what it has a certificate for, but for proofs of a host name", () => {
    const certificates = ["shop.example", "*.room.example"].map((host) => ({
      host,
      fingerprint: "ab",
    }));
    const lines = section(proxyConfig(edge({ certificates, redirect: true })), "frontend web");
    assert.deepEqual(lines.slice(7, 10), [
      "acl covered var(txn.host) -m str shop.example",
      "acl covered var(txn.host) -m end .room.example",
      "http-request redirect scheme https code 308 if covered !{ ssl_fc } !{ path_beg /.well-known/acme-challenge/ }",
    ]);
  });

  it("answers for a host name to its networks only", () => {
    const allow = { "admin.example": ["10.0.0.0/8", "192.168.7.1/32"] };
    const lines = section(proxyConfig(edge({ allow, certificates: [] })), "frontend web");
    assert.deepEqual(lines.slice(4, 8), [
      "acl host.admin.example var(txn.host) -m str admin.example",
      "acl from.admin.example src 10.0.0.0/8",
      "acl from.admin.example src 192.168.7.1/32",
      "http-request deny deny_status 403 if host.admin.example !from.admin.example",
    ]);
  });

  it("leads to every node, and asks each how it is", () => {
    const text = proxyConfig(edge({ nodes: ["10.0.0.14", "10.0.0.15"], ingress: { http: 8080 } }));
    assert.deepEqual(section(text, "backend ingress"), [
      "balance leastconn",
      "# One that answers anything but an error of its own is well.",
      "option httpchk GET /",
      "http-check expect status 200-499",
      "server 10.0.0.14 10.0.0.14:8080",
      "server 10.0.0.15 10.0.0.15:8080",
    ]);
  });

  it("leads to a controller of ours once that has routes", () => {
    const ready = { host: "ready.internal", path: "/ping" };
    const text = proxyConfig(edge({ nodes: ["10.0.0.14"], ingress: { http: 80, ready } }));
    assert.deepEqual(section(text, "backend ingress"), [
      "balance leastconn",
      "option httpchk",
      "http-check send meth GET uri /ping hdr Host ready.internal",
      "http-check expect status 200",
      "server 10.0.0.14 10.0.0.14:80",
    ]);
  });

  it("leads to the API servers if requested", () => {
    const servers = ["10.0.0.11:6443", "10.0.0.12:6443"];
    const text = proxyConfig(edge({ api: { port: 6443, servers } }));
    assert.ok(section(text, "frontend api").includes("bind 10.0.0.101:6443 transparent"));
    assert.deepEqual(section(text, "backend api").slice(-2), [
      "server 10.0.0.11 10.0.0.11:6443",
      "server 10.0.0.12 10.0.0.12:6443",
    ]);
    assert.doesNotMatch(proxyConfig(edge()), /frontend api/);
  });

  it("writes of a request no header but the host's name, and nothing of its query", () => {
    const [line = ""] = /log-format '(.*)'/.exec(proxyConfig(edge()))?.slice(1) ?? [];
    assert.deepEqual(
      [...line.matchAll(/"(\w+)":/g)].map(([, field]) => field),
      [
        ...["time", "client", "scheme", "host", "method", "path", "status", "bytes"],
        ...["requestMs", "queueMs", "connectMs", "responseMs", "totalMs"],
        ...["backend", "server", "end", "project"],
      ],
    );
    // Fields that contain a query: the request line, the URI, captured headers.
    assert.doesNotMatch(line, /%(HU|HQ|HPO|HP|r|hr|hs)\b|query|url|hdr/);
  });

  it("knows the project by the beginning of host name and path", () => {
    const routes = [
      { host: "shop.example", path: "/", project: "Shop.Web" },
      { host: "shop.example", path: "/api", project: "Shop.Api" },
    ];
    assert.equal(
      projectsMap(edge({ routes })),
      "shop.example/ Shop.Web\nshop.example/api Shop.Api\n",
    );
  });
});

describe("a project's port on an edge", () => {
  const port = {
    project: "Shop.Api",
    address: "10.0.0.101",
    port: 31_007,
    nodes: ["10.0.0.14", "10.0.0.15"],
  };

  it("leads to its NodePort on every node", () => {
    const text = portConfig({ ...port, shares: [{ port: 31_007, percent: 100 }] });
    assert.deepEqual(section(text, "frontend 31007"), [
      "bind 10.0.0.101:31007 transparent",
      "default_backend 31007",
    ]);
    assert.deepEqual(section(text, "backend 31007"), [
      "balance roundrobin",
      "server 10.0.0.14:31007 10.0.0.14:31007 weight 100",
      "server 10.0.0.15:31007 10.0.0.15:31007 weight 100",
    ]);
  });

  it("gives a version being rolled out its share", () => {
    const shares = [
      { port: 31_007, percent: 90 },
      { port: 30_007, percent: 10 },
    ];
    assert.deepEqual(section(portConfig({ ...port, shares }), "backend 31007").slice(1), [
      "server 10.0.0.14:31007 10.0.0.14:31007 weight 90",
      "server 10.0.0.15:31007 10.0.0.15:31007 weight 90",
      "server 10.0.0.14:30007 10.0.0.14:30007 weight 10",
      "server 10.0.0.15:30007 10.0.0.15:30007 weight 10",
    ]);
  });
});
