import assert from "node:assert/strict";
import { ingressSpec, networkPolicySpec } from "../../../components/app/network";
import { deploymentSpec, rolloutPatience } from "../../../components/app/workload";
import { spec, nothing } from "../../support/specs";

const selector = { app: "shop-api" };
const labels = { ...selector, "app.kubernetes.io/part-of": "shop" };
const image = `harbor:8080/back/shop.api@sha256:${"d".repeat(64)}`;

describe("the Deployment of a project", () => {
  for (const [what, change, seconds] of [
    ["two pods, one after the other", {}, 270],
    ["as many as an autoscaler may have made", { autoscale: { max: 5, cpu: 80 } }, 630],
    ["all at once", { strategy: { kind: "recreate" }, replicas: 4 }, 150],
    ["a slow start", { probes: { ...spec.probes, startSeconds: 300 } }, 750],
  ] as const) {
    it(`is waited for no longer than its pods may take: ${what}`, () => {
      assert.equal(rolloutPatience({ ...spec, ...change }), seconds);
    });
  }

  it("gives its program values as they are written", () => {
    const own = { ...spec, env: { PRICE: "$(GREETING) $$" } };
    const { template } = deploymentSpec({
      name: "shop-api",
      spec: own,
      replicas: 2,
      image,
      labels,
      selector,
    }) as { template: { spec: { containers: { env: unknown[] }[] } } };
    const [container] = template.spec.containers;
    assert.deepEqual(container?.env[0], { name: "PRICE", value: "$$(GREETING) $$$$" });
  });

  it("is this, as a whole", () => {
    const probe = { httpGet: { path: "/healthz", port: "http" } };
    const pace = { periodSeconds: 10, timeoutSeconds: 2, failureThreshold: 3 };
    assert.deepEqual(
      deploymentSpec({ name: "shop-api", spec, replicas: 2, image, labels, selector }),
      {
        replicas: 2,
        revisionHistoryLimit: 3,
        progressDeadlineSeconds: 120,
        strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
        selector: { matchLabels: selector },
        template: {
          metadata: { labels },
          spec: {
            automountServiceAccountToken: false,
            enableServiceLinks: false,
            terminationGracePeriodSeconds: 30,
            serviceAccountName: "shop-api",
            securityContext: {
              runAsNonRoot: true,
              runAsUser: 65532,
              runAsGroup: 65532,
              fsGroup: 65532,
              fsGroupChangePolicy: "OnRootMismatch",
              seccompProfile: { type: "RuntimeDefault" },
            },
            topologySpreadConstraints: [
              {
                maxSkew: 1,
                topologyKey: "kubernetes.io/hostname",
                whenUnsatisfiable: "ScheduleAnyway",
                labelSelector: { matchLabels: selector },
                matchLabelKeys: ["pod-template-hash"],
              },
            ],
            containers: [
              {
                name: "shop-api",
                image,
                ports: [{ name: "http", containerPort: 8080, protocol: "TCP" }],
                env: [],
                resources: {
                  requests: { cpu: "50m", memory: "64Mi", "ephemeral-storage": "64Mi" },
                  limits: { cpu: "1", memory: "128Mi", "ephemeral-storage": "1Gi" },
                },
                securityContext: {
                  allowPrivilegeEscalation: false,
                  readOnlyRootFilesystem: true,
                  capabilities: { drop: ["ALL"] },
                },
                startupProbe: {
                  ...probe,
                  periodSeconds: 1,
                  timeoutSeconds: 2,
                  failureThreshold: 60,
                },
                readinessProbe: { ...probe, ...pace },
                livenessProbe: { ...probe, ...pace, failureThreshold: 9 },
                lifecycle: { preStop: { sleep: { seconds: 5 } } },
                volumeMounts: [{ name: "scratch-0", mountPath: "/tmp" }],
              },
            ],
            volumes: [{ name: "scratch-0", emptyDir: { sizeLimit: "1Gi" } }],
          },
        },
      },
    );
  });

  it("mounts its claims by names that no two projects share", () => {
    const data = { path: "/data", size: "1Gi", access: "ReadWriteOnce" } as const;
    const claims = [
      ["a", "b-c"],
      ["a-b", "c"],
    ].map(([name = "", volume = ""]) => {
      const args = {
        name,
        replicas: 1,
        spec: { ...spec, volumes: { [volume]: data } },
        image,
        labels,
        selector,
      };
      return JSON.stringify(deploymentSpec(args)).match(/"claimName":"([^"]+)"/)?.[1];
    });
    assert.deepEqual(claims, ["a.b-c", "a-b.c"]);
  });
});

describe("the NetworkPolicy of a project", () => {
  it("admits neighbours on its port only, whichever it is, and may connect to neighbours only", () => {
    const ingress = { className: "nginx", peers: [], ready: nothing };
    assert.deepEqual(networkPolicySpec(spec, selector, ingress), {
      podSelector: { matchLabels: selector },
      policyTypes: ["Ingress", "Egress"],
      ingress: [{ from: [{ podSelector: {} }], ports: [{ protocol: "TCP", port: "http" }] }],
      egress: [{ to: [{ podSelector: {} }] }],
    });
  });
});

describe("an Ingress", () => {
  const route = (service: string, ...hosts: string[]) => ({ hosts, path: "/", service });

  it("leads each host to its Service, in the order of hosts", () => {
    const rule = (host: string, name: string) => ({
      host,
      http: {
        paths: [
          { path: "/", pathType: "Prefix", backend: { service: { name, port: { name: "http" } } } },
        ],
      },
    });
    assert.deepEqual(
      ingressSpec("nginx", [route("b", "b.example"), route("a", "c.example", "a.example")]),
      {
        ingressClassName: "nginx",
        rules: [rule("a.example", "a"), rule("b.example", "b"), rule("c.example", "a")],
      },
    );
  });

  it("is the same whatever order its routes come in", () => {
    const [a, b] = [route("a", "a.example"), { ...route("b", "a.example"), path: "/b" }];
    assert.deepEqual(ingressSpec("nginx", [a, b]), ingressSpec("nginx", [b, a]));
  });

  it("leads paths of one host to several Services", () => {
    const { rules } = ingressSpec("nginx", [
      route("shop", "shop.example"),
      { ...route("api", "shop.example"), path: "/api" },
    ]) as { rules: { host: string; http: { paths: { path: string }[] } }[] };
    assert.deepEqual(
      rules.map(({ host, http }) => [host, http.paths.map(({ path }) => path)]),
      [["shop.example", ["/", "/api"]]],
    );
  });
});
