import assert from "node:assert/strict";
import { checkJobSpec } from "../../../components/app/check";
import { pullSpec } from "../../../components/app/pull";
import type { Query } from "../../../components/app/query";
import { spec } from "../../support/specs";
import type { ReleaseCheck } from "../../../components/app/release-check";

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const probeImage = `harbor:8080/tools/busybox@${digest("c")}`;
const image = `harbor:8080/back/shop.api@${digest("d")}`;
const selector = { app: "shop-api--pull" };
const labels = { ...selector, "app.kubernetes.io/part-of": "shop" };
const security = {
  runAsNonRoot: true,
  runAsUser: 65532,
  runAsGroup: 65532,
  fsGroup: 65532,
  fsGroupChangePolicy: "OnRootMismatch",
  seccompProfile: { type: "RuntimeDefault" },
};
const containerSecurity = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
};
const small = {
  requests: { cpu: "10m", memory: "16Mi", "ephemeral-storage": "8Mi" },
  limits: { cpu: "200m", memory: "64Mi", "ephemeral-storage": "64Mi" },
};

describe("the DaemonSet of a pull", () => {
  it("is this, as a whole", () => {
    const mounts = [{ name: "tools", mountPath: "/slipway" }];
    const common = { resources: small, securityContext: containerSecurity, volumeMounts: mounts };
    assert.deepEqual(
      pullSpec({
        image,
        probeImage,
        account: "shop-api",
        selector,
        labels,
        pullSecret: "registry",
      }),
      {
        selector: { matchLabels: selector },
        updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "100%" } },
        template: {
          metadata: { labels },
          spec: {
            automountServiceAccountToken: false,
            enableServiceLinks: false,
            terminationGracePeriodSeconds: 1,
            serviceAccountName: "shop-api",
            securityContext: security,
            imagePullSecrets: [{ name: "registry" }],
            initContainers: [
              {
                name: "tools",
                image: probeImage,
                command: ["/bin/busybox", "cp", "/bin/busybox", "/slipway/busybox"],
                ...common,
              },
            ],
            containers: [
              {
                name: "pulled",
                image,
                command: ["/slipway/busybox", "sleep", "2147483647"],
                ...common,
              },
            ],
            volumes: [{ name: "tools", emptyDir: { sizeLimit: "32Mi" } }],
          },
        },
      },
    );
  });
});

describe("the Job of a check", () => {
  const applied =
    <V>(value: V) =>
    <T>(then: (value: V) => T): T =>
      then(value);
  interface Container {
    image: string;
    command: string[];
    env: { name: string; value: unknown }[];
    resources: object;
  }
  const jobOf = (check: ReleaseCheck) => {
    const args = {
      check,
      spec: { ...spec, runAsUser: 1000 },
      account: "shop-api",
      labels,
      probeImage,
    };
    const known = { project: "Shop.Api", name: "shop-api", namespace: "shop-test" };
    const facts = { ...known, pods: "shop-api--b-[a-z0-9]+", digest: digest("d") };
    const version = { facts: { apply: applied(facts) }, tag: "v7", commit: "abcdef0" };
    const where = { service: "shop-api--next", prometheus: "http://prometheus.monitoring/p/" };
    return checkJobSpec({ ...args, ...version, ...where }) as unknown as {
      activeDeadlineSeconds: number;
      template: { spec: { securityContext: { runAsUser: number }; containers: [Container] } };
    };
  };
  const query = (one: Partial<Query>): Query => ({ expr: "up", noData: "fail", ...one });
  const envOf = ({ env }: Container) =>
    Object.fromEntries(env.map(({ name, value }) => [name, value]));
  const http: ReleaseCheck = { kind: "http", path: "/up?a=1", status: 204, timeout: 7 };
  const job: ReleaseCheck = { kind: "job", command: ["/test", "all"], timeout: 60 };

  const questions: [check: ReleaseCheck, more: Record<string, string>][] = [
    [http, {}],
    [{ ...http, body: 'it\'s "fine"' }, { BODY: 'it\'s "fine"' }],
    [{ ...http, body: "$(PORT)" }, { BODY: "$$(PORT)" }],
    [{ ...http, version: "tag" }, { VERSION: "v7" }],
    [{ ...http, version: "commit" }, { VERSION: "abcdef0" }],
  ];
  for (const [check, more] of questions) {
    it(`puts a question: ${JSON.stringify(more)}`, () => {
      const { template, activeDeadlineSeconds } = jobOf(check);
      const [container] = template.spec.containers;
      const where = { HOST: "shop-api--next", PORT: "8080", QUESTION: "/up?a=1" };
      assert.deepEqual(envOf(container), { ...where, STATUS: "204", PATIENCE: "7", ...more });
      assert.equal(container.image, probeImage);
      assert.deepEqual(container.resources, small);
      // Given up only after it had time to report its own findings.
      assert.equal(activeDeadlineSeconds, 127);
    });
  }

  it("puts questions to Prometheus, each on a line, and gives them time to hold", () => {
    const check: ReleaseCheck = {
      kind: "query",
      for: 20,
      timeout: 60,
      query: [
        query({ expr: 'up{pod=~"{{ pods }}"}', min: 1 }),
        query({
          expr: "rate(errors{ns='{{namespace}}'}[1m])\n / 2",
          max: 0.05,
          describe: "errors",
        }),
        query({
          expr: "{{ project }} {{ name }} {{ digest }}",
          min: -1,
          max: 1e-7,
          noData: "pass",
        }),
      ],
    };
    const { template, activeDeadlineSeconds } = jobOf(check);
    assert.equal(activeDeadlineSeconds, 200);
    const path = "/p/api/v1/query?query=";
    assert.deepEqual(envOf(template.spec.containers[0]), {
      PATIENCE: "60",
      FOR: "20",
      PROMETHEUS_HOST: "prometheus.monitoring",
      PROMETHEUS_PORT: "80",
      QUERIES: [
        `1 - fail ${path}up%7Bpod%3D~%22shop-api--b-%5Ba-z0-9%5D%2B%22%7D up{pod=~"shop-api--b-[a-z0-9]+"}`,
        `- 0.05 fail ${path}rate(errors%7Bns%3D'shop-test'%7D%5B1m%5D)%0A%20%2F%202 rate(errors{ns='shop-test'}[1m]) / 2 (errors)`,
        `-1 1e-7 pass ${path}Shop.Api%20shop-api%20${digest("d").replace(":", "%3A")} Shop.Api shop-api ${digest("d")}`,
      ].join("\n"),
    });
  });

  it("puts both kinds of question", () => {
    const [container] = jobOf({ ...http, query: [query({ max: 3 })] }).template.spec.containers;
    const env = envOf(container);
    assert.equal(env["QUESTION"], "/up?a=1");
    assert.equal(env["QUERIES"], "- 3 fail /p/api/v1/query?query=up up");
  });

  it("runs a test of the project's own in the prober, as nobody", () => {
    const { template } = jobOf(job);
    const [container] = template.spec.containers;
    assert.deepEqual([container.image, container.command], [probeImage, ["/test", "all"]]);
    assert.deepEqual(Object.keys(envOf(container)), ["TARGET", "DIGEST", "TAG", "COMMIT"]);
    assert.equal(template.spec.securityContext.runAsUser, 65532);
  });

  it("gets its arguments as they are written", () => {
    const { template } = jobOf({ ...job, command: ["/test", "$$", "$(TAG)"] });
    assert.deepEqual(template.spec.containers[0].command, ["/test", "$$$$", "$$(TAG)"]);
  });

  it("or in an image of its own, as the project's user and with what the project gets", () => {
    const own = `harbor:8080/test@${digest("e")}`;
    const { template } = jobOf({ ...job, image: own });
    const [container] = template.spec.containers;
    assert.equal(container.image, own);
    assert.deepEqual(container.resources, {
      requests: { cpu: "50m", memory: "64Mi", "ephemeral-storage": "64Mi" },
      limits: { cpu: "1", memory: "128Mi", "ephemeral-storage": "1Gi" },
    });
    assert.equal(template.spec.securityContext.runAsUser, 1000);
  });
});
