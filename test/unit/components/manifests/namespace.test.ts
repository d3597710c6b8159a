import assert from "node:assert/strict";
import { AppNamespace } from "../../../../components/namespace/namespace";
import { find, record, type Recorded } from "../../../support/record";

const labels = { "app.kubernetes.io/part-of": "sjzy", "app.kubernetes.io/managed-by": "slipway" };
const annotations = { "pulumi.com/patchForce": "true" };
const metadata = (name: string) => ({ name, namespace: "sjzy-test", labels, annotations });

describe("the manifests of a namespace, each as a whole:", () => {
  let resources: Recorded[];
  before(async () => {
    ({ resources } = await record("test", () => {
      new AppNamespace({
        system: "sjzy",
        environment: "test",
        quota: { cpu: "4", memory: "8Gi", pods: 20, volumes: 5 },
        registry: { host: "harbor:8080" },
        keep: true,
      });
    }));
  });

  it("Namespace, which takes only pods that keep the restricted standard", () => {
    assert.deepEqual(find(resources, "Namespace").inputs, {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: {
        name: "sjzy-test",
        labels: {
          ...labels,
          "pod-security.kubernetes.io/enforce": "restricted",
          "pod-security.kubernetes.io/warn": "restricted",
        },
        annotations,
      },
    });
  });

  it("ResourceQuota, which limits what projects take together", () => {
    assert.deepEqual(find(resources, "ResourceQuota").inputs, {
      apiVersion: "v1",
      kind: "ResourceQuota",
      metadata: metadata("quota"),
      spec: {
        hard: {
          "requests.cpu": "4",
          "requests.memory": "8Gi",
          pods: "20",
          persistentvolumeclaims: "5",
        },
      },
    });
  });

  it("LimitRange", () => {
    assert.deepEqual(find(resources, "LimitRange").inputs, {
      apiVersion: "v1",
      kind: "LimitRange",
      metadata: metadata("limits"),
      spec: {
        limits: [
          {
            type: "Container",
            default: { cpu: "500m", memory: "256Mi" },
            defaultRequest: { cpu: "50m", memory: "64Mi" },
          },
        ],
      },
    });
  });

  it("NetworkPolicy that denies every connection which is not allowed elsewhere", () => {
    assert.deepEqual(find(resources, "NetworkPolicy", "sjzy-test-default-deny").inputs, {
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: metadata("default-deny"),
      spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
    });
  });

  it("NetworkPolicy that allows DNS", () => {
    assert.deepEqual(find(resources, "NetworkPolicy", "sjzy-test-allow-dns").inputs, {
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: metadata("allow-dns"),
      spec: {
        podSelector: {},
        policyTypes: ["Egress"],
        egress: [
          {
            to: [
              {
                namespaceSelector: {
                  matchLabels: { "kubernetes.io/metadata.name": "kube-system" },
                },
                podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
              },
            ],
            ports: [
              { protocol: "UDP", port: 53 },
              { protocol: "TCP", port: 53 },
            ],
          },
        ],
      },
    });
  });
});
