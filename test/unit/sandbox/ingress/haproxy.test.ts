import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { renderGateway } from "../../../../sandbox/ingress/gateway";
import { render, type Rendering } from "../../../../sandbox/ingress/haproxy";
import { buildModel } from "../../../../sandbox/ingress/model";
import type { ClusterObjects } from "../../../../sandbox/ingress/objects";
import { cluster, ingress, nginx, service, slice } from "../../../support/ingress-objects";

const rendering = (parts: Partial<ClusterObjects>, namespace?: string): Rendering => {
  const model = buildModel(cluster(parts), []);
  const hostPorts = model.nodePorts.map((port) => ({ ...port, hostPort: port.nodePort }));
  return render(model, hostPorts, { port: 8080, namespace });
};

/** Lines of one section of a configuration, without their indentation. */
function section(text: string, head: string): string[] {
  const found = text
    .split("\n\n")
    .find((each) => each.startsWith(`${head}\n`) || each.includes(`\n${head}\n`));
  return (found ?? "")
    .split("\n")
    .slice(1)
    .map((line) => line.trim());
}

const web = {
  services: [service("web"), service("beta")],
  endpointSlices: [
    slice("web", [
      { name: "web-1", address: "10.0.0.1" },
      { name: "web-2", address: "10.0.0.2" },
    ]),
    slice("beta", [{ name: "beta-1", address: "10.0.2.1" }]),
  ],
};

/** Every feature at once. */
const everything: Partial<ClusterObjects> = {
  ...web,
  services: [
    service("web", { type: "NodePort", ports: [{ name: "http", port: 80, nodePort: 31001 }] }),
    service("beta"),
  ],
  ingresses: [
    ingress("web", { service: "web" }),
    ingress(
      "canary",
      { service: "beta" },
      nginx({
        ...{ canary: "true", "canary-weight": "20", "canary-by-cookie": "beta" },
        ...{ "canary-by-header": "X-Canary", "canary-by-header-value": '-m "a $b\\' },
      }),
    ),
    ingress(
      "old",
      {
        host: "*.old.test",
        path: "/o'ld(/|$)(.*)",
        pathType: "ImplementationSpecific",
        service: "web",
      },
      nginx({
        ...{ "rewrite-target": "/100%/$2", "proxy-body-size": "0", "upstream-vhost": "inner.test" },
        ...{ "whitelist-source-range": "10.0.0.0/8,::1", "proxy-read-timeout": "600" },
        ...{ "proxy-connect-timeout": "3" },
      }),
    ),
    ingress(
      "closed",
      { host: "closed.test", service: "none" },
      nginx({ "whitelist-source-range": "x" }),
    ),
  ],
};

describe("HAProxy's configuration", () => {
  it("routes by maps", () => {
    const { files } = rendering(everything);
    assert.equal(
      files["hosts.map"],
      "*.old.test *.old.test\nclosed.test closed.test\nshop.test shop.test\n",
    );
    assert.equal(
      files["prefix.map"],
      "closed.test/ shop:closed:none:80\nshop.test/ shop:web:web:80|shop:canary:beta:80\n",
    );
    assert.equal(files["regex.map"], "(?i)^\\*\\.old\\.test/o'ld(/|$)(.*) shop:old:web:80\n");
    assert.equal(files["weights.map"], "shop:canary:beta:80 200000\n");
  });

  it("sends requests to pods, and limits bodies to 1 MiB", () => {
    const text = rendering(everything).files["haproxy.cfg"] ?? "";
    assert.deepEqual(section(text, "backend shop:web:web:80 from http"), [
      'http-request return status 413 content-type "text/plain; charset=utf-8" lf-string "413: the body is larger than 1048576 bytes, the limit of this Ingress.\\n" if { req.body_size gt 1048576 }',
      'http-request return status 503 content-type "text/plain; charset=utf-8" lf-string "503: no pod of Service shop/web is ready on port 80.\\n" if { nbsrv eq 0 }',
      "server web-1 10.0.0.1:8080",
      "server web-2 10.0.0.2:8080",
    ]);
  });

  it("lets the main version stand in for a canary that fails", () => {
    const text = rendering(everything).files["haproxy.cfg"] ?? "";
    const check =
      "check inter 10s fastinter 500ms downinter 500ms rise 1 fall 3 observe layer4 error-limit 1 on-error mark-down";
    assert.deepEqual(section(text, "backend shop:canary:beta:80 from http").slice(2), [
      "option allbackups",
      `server beta-1 10.0.2.1:8080 ${check}`,
      `server main:web-1 10.0.0.1:8080 ${check} backup`,
      `server main:web-2 10.0.0.2:8080 ${check} backup`,
    ]);
  });

  it("does what annotations ask for", () => {
    const text = rendering(everything).files["haproxy.cfg"] ?? "";
    assert.deepEqual(section(text, "backend shop:old:web:80 from http"), [
      'http-request return status 403 content-type "text/plain; charset=utf-8" lf-string "403: this Ingress does not accept requests from %[src].\\n" unless { src 10.0.0.0/8 ::1 }',
      'http-request return status 503 content-type "text/plain; charset=utf-8" lf-string "503: no pod of Service shop/web is ready on port 80.\\n" if { nbsrv eq 0 }',
      'http-request set-header Host "inner.test"',
      'http-request replace-path "(?i)^/o\'ld(/|\\$)(.*)" "/100%%/\\\\2"',
      "timeout connect 3s",
      "timeout server 600s",
      "server web-1 10.0.0.1:8080",
      "server web-2 10.0.0.2:8080",
    ]);
    assert.match(text, /^ {4}hard-stop-after 600s$/m);
  });

  it("lets nobody in where no address may", () => {
    const text = rendering(everything).files["haproxy.cfg"] ?? "";
    assert.deepEqual(section(text, "backend shop:closed:none:80 from http").slice(0, 1), [
      'http-request return status 403 content-type "text/plain; charset=utf-8" lf-string "403: this Ingress does not accept requests from %[src].\\n" if TRUE',
    ]);
  });

  const decisions: [title: string, annotations: Record<string, string>, rules: string[]][] = [
    [
      "always and never of a header",
      { "canary-by-header": "X-Canary" },
      [
        "str(canary) { req.fhdr(X-Canary) -m str always }",
        "str(main) { req.fhdr(X-Canary) -m str never }",
      ],
    ],
    [
      "the value of a header",
      { "canary-by-header": "X-Canary", "canary-by-header-value": "a b" },
      ['str(canary) { req.fhdr(X-Canary) -m str -- "a b" }'],
    ],
    [
      "a pattern for a header",
      { "canary-by-header": "X-Canary", "canary-by-header-pattern": "^b$" },
      ['str(canary) { req.fhdr(X-Canary) -m reg -- "^b\\$" }'],
    ],
    [
      "a cookie",
      { "canary-by-cookie": "beta" },
      ["str(canary) { req.cook(beta) -m str always }", "str(main) { req.cook(beta) -m str never }"],
    ],
    ["the weight alone", {}, []],
  ];
  for (const [title, annotations, rules] of decisions) {
    it(`lets ${title} decide`, () => {
      const canary = ingress(
        "canary",
        { service: "beta" },
        nginx({ canary: "true", ...annotations }),
      );
      const text = rendering({ ...web, ingresses: [ingress("web", { service: "web" }), canary] });
      const lines = section(text.files["haproxy.cfg"] ?? "", "frontend http from http");
      const guard =
        " if { var(txn.canary) -m str shop:canary:beta:80 } !{ var(txn.pick) -m found }";
      assert.deepEqual(
        lines
          .filter((line) => line.includes(guard))
          .map((line) => line.replace("http-request set-var(txn.pick) ", "").replace(guard, "")),
        rules,
      );
    });
  }

  it("listens on the loopback of the namespace given, and on that of its own for a worker to come", () => {
    const text = rendering(everything, "host").files["haproxy.cfg"] ?? "";
    assert.deepEqual(
      text
        .split("\n")
        .filter((line) => line.trim().startsWith("bind"))
        .map((line) => line.trim()),
      [
        "bind 127.0.0.1:8080 namespace host",
        "bind abns@slipway-ingress-8080 accept-proxy",
        "bind 127.0.0.1:31001 namespace host",
      ],
    );
  });

  describe("needs a reload", () => {
    const before = rendering(everything);
    const { ingresses = [], endpointSlices = [] } = everything;
    const canary = (annotations: Record<string, string>) => ({
      ...ingresses[1],
      metadata: {
        ...ingresses[1]?.metadata,
        name: "canary",
        annotations: { ...ingresses[1]?.metadata.annotations, ...nginx(annotations) },
      },
    });
    const replaced = (index: number, one: (typeof ingresses)[number]) => ingresses.with(index, one);
    const cases: [title: string, parts: Partial<ClusterObjects>, reload: boolean][] = [
      ["not for a pod less", { endpointSlices: endpointSlices.slice(1) }, false],
      [
        "not for another weight",
        { ingresses: replaced(1, canary({ "canary-weight": "21" })) },
        false,
      ],
      [
        "for another header",
        { ingresses: replaced(1, canary({ "canary-by-header": "X-Other" })) },
        true,
      ],
      ["for a route less", { ingresses: ingresses.slice(0, 3) }, true],
      ["for a canary less", { ingresses: ingresses.toSpliced(1, 1) }, true],
      ["for a node port less", { services: web.services }, true],
    ];
    for (const [title, parts, reload] of cases) {
      it(title, () => {
        const after = rendering({ ...everything, ...parts });
        assert.equal(after.structure !== before.structure, reload);
        assert.notDeepEqual(after.files, before.files);
      });
    }
  });

  describe("is accepted by HAProxy", () => {
    before(function () {
      // Debian's; `npm test` brings it where it may, and the machine ring proves the same with traffic.
      if (!existsSync("/usr/sbin/haproxy")) this.skip();
    });
    const cases: [title: string, files: Record<string, string>][] = [
      ["with everything", rendering(everything).files],
      ["with nothing", rendering({}).files],
      [
        "for the gateway",
        {
          // The namespace of the host exists in a sandbox only.
          "haproxy.cfg": renderGateway(
            [{ name: "apiserver", port: 6443 }],
            "host",
            "/tmp/gateway.sock",
          ).replaceAll(" namespace host", ""),
        },
      ],
    ];
    for (const [title, files] of cases) {
      it(title, () => {
        const folder = mkdtempSync(join(tmpdir(), "slipway-haproxy-"));
        for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
        const { status, stderr } = spawnSync(
          "/usr/sbin/haproxy",
          ["-c", "-f", join(folder, "haproxy.cfg")],
          { encoding: "utf8" },
        );
        rmSync(folder, { recursive: true });
        assert.equal(status, 0, stderr);
        assert.doesNotMatch(stderr, /WARNING/);
      });
    }
  });

  it("of the gateway passes the host's ports on to those inside", () => {
    const text = renderGateway([{ name: "registry", port: 5000 }], "host", "/s.sock");
    assert.deepEqual(section(text, "listen registry"), [
      "bind 127.0.0.1:5000 namespace host",
      "server inside 127.0.0.1:5000",
      "",
    ]);
  });
});
