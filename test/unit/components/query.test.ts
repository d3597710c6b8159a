import assert from "node:assert/strict";
import { checkHash } from "../../../components/app/check";
import { checkPolicySpec } from "../../../components/app/network";
import { podsOf, prometheusEgress, type Query } from "../../../components/app/query";
import { besideName } from "../../../components/shared/names";
import { spec } from "../../support/specs";
import type { ReleaseCheck } from "../../../components/app/release-check";

const query: Query = { expr: "up", min: 1, noData: "fail" };
const http: ReleaseCheck = { kind: "http", path: "/", status: 200, timeout: 9 };

describe("what a check's pod may connect to", () => {
  const tcp = (port: number) => [{ protocol: "TCP", port }];
  const namespace = (name: string) => [
    { to: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } } }] },
  ];
  for (const [url, rules] of [
    ["http://prometheus:9090", []],
    ["http://prometheus.monitoring:9090", namespace("monitoring")],
    ["http://prometheus.watch.svc.cluster.local:9090/prom", namespace("watch")],
    ["http://10.1.2.3:9090", [{ to: [{ ipBlock: { cidr: "10.1.2.3/32" } }], ports: tcp(9090) }]],
    ["http://prom.sjzy.example", [{ to: [{ ipBlock: { cidr: "0.0.0.0/0" } }], ports: tcp(80) }]],
  ] as const) {
    it(`for ${url}: ${rules.length === 0 ? "nothing more than anyway" : JSON.stringify(rules)}`, () => {
      assert.deepEqual(prometheusEgress(url), rules);
    });
  }

  it("is Prometheus only where the project asks it", () => {
    const egress = (check: ReleaseCheck) =>
      checkPolicySpec({ ...spec, check }, {}, "http://10.1.2.3:9090").egress;
    assert.equal(JSON.stringify(egress(http)).includes("10.1.2.3"), false);
    assert.equal(JSON.stringify(egress({ ...http, query: [query] })).includes("10.1.2.3"), true);
  });
});

describe("the pattern of a Deployment's pods", () => {
  const fits = (deployment: string, pod: string) =>
    new RegExp(`^(${podsOf(deployment)})$`).test(pod);

  it("fits its own, and neither the other slot's nor those of a project with a longer name", () => {
    assert.ok(fits("shop-api", "shop-api-7d4b9c6f55-x2x9k"));
    assert.ok(fits("shop-api--b", "shop-api--b-7d4b9c6f55-x2x9k"));
    assert.ok(!fits("shop-api", "shop-api--b-7d4b9c6f55-x2x9k"));
    assert.ok(!fits("shop-api", "shop-api-web-7d4b9c6f55-x2x9k"));
    assert.ok(!fits("shop-api", "shop-api--check-1a2b3c4d-x2x9k"));
  });

  it("fits names that Kubernetes cuts", () => {
    // https://github.com/kubernetes/apiserver/blob/master/pkg/storage/names/generate.go: 58 of the base and five letters.
    for (const length of [45, 46, 47, 57, 58, 63]) {
      const name = besideName("n".repeat(length), "b").slice(0, 63);
      assert.ok(fits(name, `${`${name}-7d4b9c6f55-`.slice(0, 58)}x2x9k`), name);
    }
  });
});

describe("how often a check runs", () => {
  const version = "harbor:8080/back/shop.api@sha256:1";

  it("once for a version, where nothing is measured", () => {
    assert.equal(checkHash(version, http, 10), checkHash(version, http));
  });

  it("again for each share of the traffic, if there is a query", () => {
    const check: ReleaseCheck = { ...http, query: [query] };
    const hashes = [undefined, 10, 50].map((share) => checkHash(version, check, share));
    assert.equal(new Set(hashes).size, 3);
  });
});
