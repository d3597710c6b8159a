import * as pulumi from "@pulumi/pulumi";
import assert from "node:assert/strict";
import { declareApp } from "../../../support/declared-app";
import { find, type Recorded } from "../../../support/record";

const labels = {
  app: "shop-api",
  "app.kubernetes.io/name": "shop-api",
  "app.kubernetes.io/part-of": "shop",
  "app.kubernetes.io/component": "back",
  "app.kubernetes.io/managed-by": "slipway",
  "slipway/project": "Shop.Api",
};
const forced = { "pulumi.com/patchForce": "true" };
const quick = { ...forced, "pulumi.com/skipAwait": "true" };
const named = { name: "shop-api", namespace: "shop-test" };
const slot = { app: "shop-api", "slipway/slot": "a" };
const image = `harbor:8080/back/shop.api@sha256:${"d".repeat(64)}`;

describe("the manifests of an App, each as a whole:", () => {
  let resources: Recorded[];
  before(async () => {
    resources = await declareApp(
      {
        expose: "ingress",
        ingress: "own",
        hosts: ["shop.example"],
        path: "/api",
        autoscale: { max: 5, cpu: 70 },
        env: { GREETING: "hello" },
        secrets: { DB_PASSWORD: "db" },
        volumes: { data: { path: "/data", size: "5Gi", access: "ReadWriteMany" } },
        hostAliases: { "10.0.0.9": ["erp.example"] },
        egress: [{ cidr: "10.20.0.0/16", ports: [5432] }],
      },
      {
        secrets: { db: pulumi.secret("hunter2") },
        registry: { host: "harbor:8080", pullSecret: "registry" },
        storage: { keep: true, class: "fast" },
        release: {
          tag: "v1.4.2",
          commit: "0a1b2c3",
          released: { at: "2026-11-21T17:02:34Z", by: "ops" },
        },
        settings: "replicas: 2",
      },
    );
  });

  it("Deployment", () => {
    const probe = {
      httpGet: {
        path: "/healthz",
        port: "http",
        httpHeaders: [{ name: "Host", value: "shop.example" }],
      },
      timeoutSeconds: 2,
    };
    assert.deepEqual(find(resources, "Deployment").inputs, {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: {
        ...named,
        labels: { ...labels, "slipway/slot": "a" },
        annotations: {
          ...forced,
          "pulumi.com/waitFor": "jsonpath={.metadata.uid}",
          "slipway/tag": "v1.4.2",
          "slipway/commit": "0a1b2c3",
          "slipway/settings": "replicas: 2",
          "slipway/released": "2026-11-21T17:02:34Z by ops",
          "slipway/scaled": "true",
        },
      },
      spec: {
        replicas: 2,
        revisionHistoryLimit: 3,
        progressDeadlineSeconds: 120,
        strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
        selector: { matchLabels: slot },
        template: {
          metadata: { labels: { ...labels, "slipway/slot": "a" } },
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
            imagePullSecrets: [{ name: "registry" }],
            hostAliases: [{ ip: "10.0.0.9", hostnames: ["erp.example"] }],
            topologySpreadConstraints: [
              {
                maxSkew: 1,
                topologyKey: "kubernetes.io/hostname",
                whenUnsatisfiable: "ScheduleAnyway",
                labelSelector: { matchLabels: slot },
                matchLabelKeys: ["pod-template-hash"],
              },
            ],
            containers: [
              {
                name: "shop-api",
                image,
                ports: [{ name: "http", containerPort: 8080, protocol: "TCP" }],
                env: [
                  { name: "GREETING", value: "hello" },
                  {
                    name: "DB_PASSWORD",
                    valueFrom: { secretKeyRef: { name: "shop-api-1a2b3c", key: "DB_PASSWORD" } },
                  },
                ],
                resources: {
                  requests: { cpu: "50m", memory: "64Mi", "ephemeral-storage": "64Mi" },
                  limits: { cpu: "1", memory: "128Mi", "ephemeral-storage": "1Gi" },
                },
                securityContext: {
                  allowPrivilegeEscalation: false,
                  readOnlyRootFilesystem: true,
                  capabilities: { drop: ["ALL"] },
                },
                startupProbe: { ...probe, periodSeconds: 1, failureThreshold: 60 },
                readinessProbe: { ...probe, periodSeconds: 10, failureThreshold: 3 },
                livenessProbe: { ...probe, periodSeconds: 10, failureThreshold: 9 },
                lifecycle: { preStop: { sleep: { seconds: 5 } } },
                volumeMounts: [
                  { name: "data", mountPath: "/data" },
                  { name: "scratch-0", mountPath: "/tmp" },
                ],
              },
            ],
            volumes: [
              { name: "data", persistentVolumeClaim: { claimName: "shop-api.data" } },
              { name: "scratch-0", emptyDir: { sizeLimit: "1Gi" } },
            ],
          },
        },
      },
    });
  });

  it("Service", () => {
    assert.deepEqual(find(resources, "Service").inputs, {
      apiVersion: "v1",
      kind: "Service",
      metadata: { ...named, labels, annotations: quick },
      spec: {
        type: "ClusterIP",
        selector: slot,
        ports: [{ name: "http", port: 8080, targetPort: "http", protocol: "TCP" }],
      },
    });
  });

  it("Ingress", () => {
    const backend = { service: { name: "shop-api", port: { name: "http" } } };
    assert.deepEqual(find(resources, "Ingress").inputs, {
      apiVersion: "networking.k8s.io/v1",
      kind: "Ingress",
      metadata: { ...named, labels, annotations: quick },
      spec: {
        ingressClassName: "nginx",
        rules: [
          {
            host: "shop.example",
            http: { paths: [{ path: "/api", pathType: "Prefix", backend }] },
          },
        ],
      },
    });
  });

  it("NetworkPolicy", () => {
    assert.deepEqual(find(resources, "NetworkPolicy").inputs, {
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { ...named, labels, annotations: forced },
      spec: {
        podSelector: { matchLabels: { app: "shop-api" } },
        policyTypes: ["Ingress", "Egress"],
        ingress: [
          {
            from: [{ podSelector: {} }, { ipBlock: { cidr: "10.0.0.0/8" } }],
            ports: [{ protocol: "TCP", port: "http" }],
          },
        ],
        egress: [
          { to: [{ podSelector: {} }] },
          {
            to: [{ ipBlock: { cidr: "10.20.0.0/16" } }],
            ports: [{ protocol: "TCP", port: 5432 }],
          },
        ],
      },
    });
  });

  it("HorizontalPodAutoscaler", () => {
    const target = { type: "Utilization", averageUtilization: 70 };
    assert.deepEqual(find(resources, "HorizontalPodAutoscaler").inputs, {
      apiVersion: "autoscaling/v2",
      kind: "HorizontalPodAutoscaler",
      metadata: { ...named, labels, annotations: forced },
      spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "shop-api" },
        minReplicas: 2,
        maxReplicas: 5,
        metrics: [{ type: "Resource", resource: { name: "cpu", target } }],
      },
    });
  });

  it("PodDisruptionBudget", () => {
    assert.deepEqual(find(resources, "PodDisruptionBudget").inputs, {
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata: { ...named, labels, annotations: forced },
      spec: {
        selector: { matchLabels: { app: "shop-api" } },
        maxUnavailable: 1,
        unhealthyPodEvictionPolicy: "AlwaysAllow",
      },
    });
  });

  it("PersistentVolumeClaim, which is not forced: who has enlarged it did so for good", () => {
    assert.deepEqual(find(resources, "PersistentVolumeClaim").inputs, {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: {
        ...named,
        name: "shop-api.data",
        labels,
        annotations: { "pulumi.com/skipAwait": "true" },
      },
      spec: {
        accessModes: ["ReadWriteMany"],
        resources: { requests: { storage: "5Gi" } },
        storageClassName: "fast",
      },
    });
  });

  it("ServiceAccount", () => {
    assert.deepEqual(find(resources, "ServiceAccount").inputs, {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { ...named, labels, annotations: forced },
      automountServiceAccountToken: false,
    });
  });

  it("Secret, which the engine names", () => {
    assert.deepEqual(find(resources, "Secret").inputs, {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { namespace: "shop-test", labels, annotations: forced },
      immutable: true,
      stringData: { DB_PASSWORD: "hunter2" },
    });
  });
});
