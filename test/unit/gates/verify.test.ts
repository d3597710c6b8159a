import assert from "node:assert/strict";
import { hasCheck, verifyJob, type VerifyArgs } from "../../../src/gates/verify";
import { StackConfig } from "../../../src/stack/config";
import { spec } from "../../support/specs";
import type { ReleaseCheck } from "../../../components/app/release-check";

const digest = `sha256:${"d".repeat(64)}`;
const probeImage = `harbor:8080/tools/busybox@sha256:${"c".repeat(64)}`;
const config = StackConfig.parse({
  system: "shop",
  cluster: { kind: "sandbox" },
  build: {},
  ingress: { controller: "managed", domain: "localhost" },
  registry: { host: "harbor:8080", user: "robot", password: "harbor" },
  prometheus: { url: "http://prometheus.monitoring:9090" },
});
const http: ReleaseCheck = { kind: "http", path: "/up", status: 200, version: "tag", timeout: 9 };

const jobOf = (change: Partial<VerifyArgs> = {}, more: Partial<typeof spec> = {}) =>
  verifyJob({
    known: {
      project: "Shop.Api",
      name: "shop-api",
      namespace: "shop-uat",
      config,
      spec: { ...spec, ...more },
    },
    check: http,
    record: { digest, tag: "v7" },
    probeImage,
    id: "0a0a",
    ...change,
  });
const environment = (job: ReturnType<typeof jobOf>): Record<string, unknown> => {
  const { template } = job.spec as unknown as {
    template: { spec: { containers: [{ env: { name: string; value: unknown }[] }] } };
  };
  const [{ env }] = template.spec.containers;
  return Object.fromEntries(env.map(({ name, value }) => [name, value]));
};

describe("verifying", () => {
  it("asks the check as the settings have it, of the Service that everybody asks", () => {
    const job = jobOf();
    assert.equal(job.metadata.name, "shop-api--verify-0a0a");
    assert.equal(job.metadata.namespace, "shop-uat");
    assert.deepEqual(environment(job), {
      HOST: "shop-api",
      PORT: "8080",
      QUESTION: "/up",
      STATUS: "200",
      PATIENCE: "9",
      VERSION: "v7",
    });
    assert.match(JSON.stringify(job.spec), /"imagePullSecrets":\[\{"name":"registry"\}\]/);
  });

  it("may connect by the policy of the release's check, and is cleaned up by the cluster at the latest", () => {
    const { metadata, spec } = jobOf();
    assert.equal(metadata.labels["app"], "shop-api--check");
    assert.match(JSON.stringify(spec.template), /"app":"shop-api--check"/);
    assert.equal(spec.ttlSecondsAfterFinished, 600);
  });

  const pods = "{{ project }} {{ namespace }} {{ pods }}";
  const query = [{ expr: pods, max: 1, noData: "fail" as const }];
  for (const [title, slot, strategy, pattern] of [
    ["of the first slot", undefined, { kind: "rolling" }, "shop-api-[a-z0-9]+-[a-z0-9]{5}"],
    ["of the second slot", "b", { kind: "rolling" }, "shop-api--b-[a-z0-9]+-[a-z0-9]{5}"],
    [
      ...(["of both halves", "b", { kind: "blueGreen", form: "halves" }] as const),
      "shop-api-[a-z0-9]+-[a-z0-9]{5}|shop-api--b-[a-z0-9]+-[a-z0-9]{5}",
    ],
  ] as const) {
    it(`measures what serves: pods ${title}`, () => {
      const check: ReleaseCheck = { kind: "query", query, timeout: 9 };
      const job = jobOf({ check, record: { digest, slot } }, { strategy });
      assert.match(
        String(environment(job)["QUERIES"]),
        new RegExp(` ${`Shop.Api shop-uat ${pattern}`.replace(/[[\]+{}|]/g, "\\$&")}$`),
      );
    });
  }

  it("passes the serving version to a custom job", () => {
    const check: ReleaseCheck = { kind: "job", command: ["/test"], timeout: 60 };
    const expected = { TARGET: "http://shop-api:8080", DIGEST: digest, TAG: "v7" };
    assert.deepEqual(environment(jobOf({ check })), expected);
  });

  it("knows whether the stack has what a check needs, and does not take another project's", () => {
    const urn = "urn:pulumi:uat::slipway::kubernetes:networking.k8s.io/v1:NetworkPolicy";
    const exported = { deployment: { resources: [{ urn: `${urn}::shop-api--check` }] } };
    assert.ok(hasCheck(exported, "shop-api"));
    assert.ok(!hasCheck(exported, "api"));
    assert.ok(!hasCheck({ deployment: {} }, "shop-api"));
  });
});
