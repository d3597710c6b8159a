import assert from "node:assert/strict";
import type { AppSpec } from "../../../components/app/spec";
import { at, declareApp } from "../../support/declared-app";
import { find, type Recorded } from "../../support/record";
import { spec } from "../../support/specs";
import type { AppArgs } from "../../../components/app/args";

describe("every setting of an App reaches one of its objects", () => {
  const pod = "spec.template.spec";
  const container = `${pod}.containers.0`;
  const cases: [change: Partial<AppSpec>, kind: string, path: string, value: unknown][] = [
    [{ project: "Other.Name" }, "Deployment", "metadata.labels.slipway/project", "Other.Name"],
    [{ kind: "front" }, "Deployment", "metadata.labels.app.kubernetes.io/component", "front"],
    [{ port: 9000 }, "Deployment", `${container}.ports.0.containerPort`, 9000],
    [{ port: 9000 }, "Service", "spec.ports.0.port", 9000],
    [{ port: 80 }, "Deployment", `${pod}.securityContext.sysctls.0.value`, "0"],
    [{ replicas: 7 }, "Deployment", "spec.replicas", 7],
    [{ autoscale: { max: 5, cpu: 70 } }, "Deployment", "spec.replicas", 2],
    [
      { autoscale: { max: 5, cpu: 70 } },
      "Deployment",
      "metadata.annotations",
      {
        "slipway/scaled": "true",
        "pulumi.com/patchForce": "true",
        "pulumi.com/waitFor": "jsonpath={.metadata.uid}",
      },
    ],
    [{ autoscale: { max: 5, cpu: 70 } }, "HorizontalPodAutoscaler", "spec.maxReplicas", 5],
    [{ autoscale: { max: 5, cpu: 70 } }, "HorizontalPodAutoscaler", "spec.minReplicas", 2],
    [
      { autoscale: { max: 5, cpu: 70 } },
      "HorizontalPodAutoscaler",
      "spec.metrics.0.resource.target.averageUtilization",
      70,
    ],
    [
      { resources: { ...spec.resources, limits: { cpu: "3", memory: "2Gi", storage: "5Gi" } } },
      "Deployment",
      `${container}.resources.limits`,
      { cpu: "3", memory: "2Gi", "ephemeral-storage": "5Gi" },
    ],
    [
      { probes: { ...spec.probes, check: "/up" } },
      "Deployment",
      `${container}.readinessProbe.httpGet`,
      { path: "/up", port: "http" },
    ],
    [
      { probes: { ...spec.probes, check: "/up" } },
      "Deployment",
      `${container}.livenessProbe.httpGet.path`,
      "/up",
    ],
    [
      { probes: { ...spec.probes, check: "tcp" } },
      "Deployment",
      `${container}.startupProbe.tcpSocket`,
      { port: "http" },
    ],
    [
      { probes: { ...spec.probes, liveness: "/live" } },
      "Deployment",
      `${container}.livenessProbe.httpGet.path`,
      "/live",
    ],
    [
      { probes: { ...spec.probes, liveness: "/live" } },
      "Deployment",
      `${container}.readinessProbe.httpGet.path`,
      "/healthz",
    ],
    [
      { probes: { ...spec.probes, startSeconds: 90 } },
      "Deployment",
      `${container}.startupProbe.failureThreshold`,
      90,
    ],
    [
      { probes: { ...spec.probes, startSeconds: 90 } },
      "Deployment",
      "spec.progressDeadlineSeconds",
      150,
    ],
    [{ probes: { ...spec.probes, minReadySeconds: 7 } }, "Deployment", "spec.minReadySeconds", 7],
    [
      { probes: { ...spec.probes, minReadySeconds: 7 } },
      "Deployment",
      "spec.progressDeadlineSeconds",
      127,
    ],
    [
      { probes: { ...spec.probes, periodSeconds: 4 } },
      "Deployment",
      `${container}.readinessProbe.periodSeconds`,
      4,
    ],
    [
      { probes: { ...spec.probes, timeoutSeconds: 9 } },
      "Deployment",
      `${container}.livenessProbe.timeoutSeconds`,
      9,
    ],
    [
      { probes: { ...spec.probes, failures: 8 } },
      "Deployment",
      `${container}.readinessProbe.failureThreshold`,
      8,
    ],
    [
      { probes: { ...spec.probes, failures: 8 } },
      "Deployment",
      `${container}.livenessProbe.failureThreshold`,
      24,
    ],
    [
      {
        probes: { ...spec.probes, host: "asked.example" },
        expose: "ingress",
        hosts: ["a.example"],
      },
      "Deployment",
      `${container}.readinessProbe.httpGet.httpHeaders`,
      [{ name: "Host", value: "asked.example" }],
    ],
    [
      { expose: "ingress", hosts: ["a.example", "b.example"] },
      "Deployment",
      `${container}.livenessProbe.httpGet.httpHeaders`,
      [{ name: "Host", value: "a.example" }],
    ],
    [{}, "Deployment", `${container}.readinessProbe.httpGet.httpHeaders`, undefined],
    [{ drainSeconds: 60 }, "Deployment", `${container}.lifecycle.preStop.sleep.seconds`, 60],
    [{ drainSeconds: 60 }, "Deployment", `${pod}.terminationGracePeriodSeconds`, 85],
    [
      { env: { LEVEL: "info" } },
      "Deployment",
      `${container}.env`,
      [{ name: "LEVEL", value: "info" }],
    ],
    [
      { hostAliases: { "10.0.0.5": ["db.local"] } },
      "Deployment",
      `${pod}.hostAliases`,
      [{ ip: "10.0.0.5", hostnames: ["db.local"] }],
    ],
    [
      { writable: ["/tmp", "/cache"] },
      "Deployment",
      `${container}.volumeMounts.1`,
      { name: "scratch-1", mountPath: "/cache" },
    ],
    [{ runAsUser: 1000 }, "Deployment", `${pod}.securityContext.runAsUser`, 1000],
    [
      { spread: "zones" },
      "Deployment",
      `${pod}.topologySpreadConstraints.0.topologyKey`,
      "topology.kubernetes.io/zone",
    ],
    [{ spread: "none" }, "Deployment", `${pod}.topologySpreadConstraints`, undefined],
    [{ egress: "any" }, "NetworkPolicy", "spec.egress", [{}]],
    [
      { egress: [{ cidr: "10.1.0.0/16", ports: [3306] }] },
      "NetworkPolicy",
      "spec.egress.1",
      { to: [{ ipBlock: { cidr: "10.1.0.0/16" } }], ports: [{ protocol: "TCP", port: 3306 }] },
    ],
    [{ egress: [{ cidr: "10.1.0.0/16" }] }, "NetworkPolicy", "spec.egress.1.ports", undefined],
    [{ strategy: { kind: "recreate" } }, "Deployment", "spec.strategy", { type: "Recreate" }],
    [{ expose: "nodePort", nodePort: 31007 }, "Service", "spec.type", "NodePort"],
    [{ expose: "nodePort", nodePort: 31007 }, "Service", "spec.ports.0.nodePort", 31007],
    [
      { expose: "nodePort", nodePort: 31007 },
      "NetworkPolicy",
      "spec.ingress.0.from.1.ipBlock.cidr",
      "0.0.0.0/0",
    ],
    [
      { expose: "ingress", hosts: ["a.example"] },
      "NetworkPolicy",
      "spec.ingress.0.from.1.ipBlock.cidr",
      "10.0.0.0/8",
    ],
    [
      { expose: "ingress", ingress: "own", hosts: ["a.example"] },
      "Ingress",
      "spec.rules.0.host",
      "a.example",
    ],
    [
      { expose: "ingress", ingress: "own", hosts: ["a.example"], path: "/shop" },
      "Ingress",
      "spec.rules.0.http.paths.0.path",
      "/shop",
    ],
  ];
  for (const [change, kind, path, value] of cases) {
    it(`${JSON.stringify(change).slice(0, 60)} → ${kind} ${path}`, async () => {
      const resource = find(await declareApp(change), kind);
      assert.deepEqual(
        path.includes("slipway/") || path.includes("kubernetes.io")
          ? labelAt(resource, path)
          : at(resource, path),
        value,
      );
    });
  }

  it("and none is forgotten here", () => {
    const elsewhere = ["secrets", "volumes", "prepull"];
    const covered = new Set([...cases.flatMap(([change]) => Object.keys(change)), ...elsewhere]);
    assert.deepEqual([...covered].sort(), [...Object.keys(spec), "autoscale", "nodePort"].sort());
  });

  const others: [
    more: Partial<AppArgs>,
    change: Partial<AppSpec>,
    kind: string,
    path: string,
    value: unknown,
  ][] = [
    [
      { placement: { namespace: "elsewhere", system: "shop" } },
      {},
      "Service",
      "metadata.namespace",
      "elsewhere",
    ],
    [
      { registry: { host: "h", pullSecret: "registry" } },
      {},
      "Deployment",
      `${pod}.imagePullSecrets`,
      [{ name: "registry" }],
    ],
    [
      { release: { tag: "v1", commit: "abcdef0" } },
      {},
      "Deployment",
      "metadata.annotations",
      {
        "pulumi.com/patchForce": "true",
        "pulumi.com/waitFor": "jsonpath={.metadata.uid}",
        "slipway/tag": "v1",
        "slipway/commit": "abcdef0",
      },
    ],
    [
      { storage: { keep: true, class: "fast" } },
      { volumes: { data: { path: "/data", size: "1Gi", access: "ReadWriteMany" } } },
      "PersistentVolumeClaim",
      "spec",
      {
        accessModes: ["ReadWriteMany"],
        resources: { requests: { storage: "1Gi" } },
        storageClassName: "fast",
      },
    ],
  ];
  for (const [more, change, kind, path, value] of others) {
    it(`${JSON.stringify(more)} → ${kind} ${path}`, async () => {
      assert.deepEqual(at(find(await declareApp(change, more), kind), path), value);
    });
  }
});

const labelAt = ({ inputs }: Recorded, path: string): unknown =>
  (inputs["metadata"] as { labels: Record<string, string> }).labels[
    path.replace("metadata.labels.", "")
  ];
