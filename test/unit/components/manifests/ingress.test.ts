import assert from "node:assert/strict";
import { Ingress } from "../../../../components/ingress/ingress";
import { unwatched } from "../../../../src/readiness/rollouts";
import { find, record, type Recorded } from "../../../support/record";

const podLabels = {
  app: "traefik",
  "app.kubernetes.io/name": "traefik",
  "app.kubernetes.io/part-of": "sjzy",
  "app.kubernetes.io/component": "ingress",
  "app.kubernetes.io/managed-by": "slipway",
};
const labels = { ...podLabels, "slipway/stack": "sjzy-test" };
const annotations = { "pulumi.com/patchForce": "true" };
const quick = { ...annotations, "pulumi.com/skipAwait": "true" };
const inside = { name: "traefik", namespace: "ingress", labels };
const image = `harbor:8080/base/traefik@sha256:${"a".repeat(64)}`;

describe("the manifests of the ingress controller, each as a whole:", () => {
  let resources: Recorded[];
  before(async () => {
    ({ resources } = await record("test", () => {
      new Ingress("ingress", {
        className: "nginx",
        system: "sjzy",
        owner: "sjzy-test",
        rollouts: unwatched,
        controller: {
          kind: "managed",
          image,
          nodes: { role: "edge" },
          trusted: ["10.0.0.21", "10.0.0.22"],
          port: 80,
        },
      });
    }));
  });

  it("DaemonSet, the old pod of a node first, for two cannot hold a host port", () => {
    const ping = { httpGet: { path: "/ping", port: "admin" } };
    assert.deepEqual(find(resources, "DaemonSet").inputs, {
      apiVersion: "apps/v1",
      kind: "DaemonSet",
      metadata: {
        ...inside,
        annotations: { ...annotations, "pulumi.com/waitFor": "jsonpath={.metadata.uid}" },
      },
      spec: {
        selector: { matchLabels: { app: "traefik" } },
        updateStrategy: {
          type: "RollingUpdate",
          rollingUpdate: { maxUnavailable: 1, maxSurge: 0 },
        },
        template: {
          metadata: { labels: podLabels },
          spec: {
            automountServiceAccountToken: true,
            enableServiceLinks: false,
            terminationGracePeriodSeconds: 30,
            serviceAccountName: "traefik",
            priorityClassName: "system-cluster-critical",
            nodeSelector: { role: "edge" },
            securityContext: {
              runAsNonRoot: true,
              runAsUser: 65532,
              runAsGroup: 65532,
              fsGroup: 65532,
              fsGroupChangePolicy: "OnRootMismatch",
              seccompProfile: { type: "RuntimeDefault" },
            },
            containers: [
              {
                name: "traefik",
                image,
                args: [
                  "--global.checknewversion=false",
                  "--global.sendanonymoususage=false",
                  "--entrypoints.web.address=:8000",
                  "--entrypoints.websecure.address=:8443",
                  "--entrypoints.websecure.http.tls=true",
                  "--entrypoints.web.http.encodequerysemicolons=true",
                  "--entrypoints.websecure.http.encodequerysemicolons=true",
                  "--entrypoints.web.transport.respondingtimeouts.readtimeout=3600s",
                  "--entrypoints.websecure.transport.respondingtimeouts.readtimeout=3600s",
                  "--providers.kubernetesingressnginx.proxyreadtimeout=3600",
                  "--providers.kubernetesingressnginx.proxysendtimeout=3600",
                  "--entrypoints.traefik.address=:8080",
                  "--ping=true",
                  "--providers.providersthrottleduration=500ms",
                  "--providers.kubernetesingressnginx=true",
                  "--providers.kubernetesingressnginx.ingressclass=nginx",
                  "--providers.kubernetesingressnginx.controllerclass=k8s.io/ingress-nginx",
                  "--providers.kubernetesingressnginx.httpentrypoint=web",
                  "--providers.kubernetesingressnginx.httpsentrypoint=websecure",
                  "--providers.kubernetesingressnginx.publishservice=ingress/traefik",
                  "--entrypoints.web.forwardedheaders.trustedips=10.0.0.21,10.0.0.22",
                ],
                ports: [
                  { name: "web", containerPort: 8000, hostPort: 80, protocol: "TCP" },
                  { name: "websecure", containerPort: 8443, hostPort: 443, protocol: "TCP" },
                  { name: "admin", containerPort: 8080, protocol: "TCP" },
                ],
                resources: {
                  requests: { cpu: "100m", memory: "128Mi", "ephemeral-storage": "64Mi" },
                  limits: { cpu: "2", memory: "512Mi", "ephemeral-storage": "1Gi" },
                },
                securityContext: {
                  allowPrivilegeEscalation: false,
                  readOnlyRootFilesystem: true,
                  capabilities: { drop: ["ALL"] },
                },
                startupProbe: { ...ping, periodSeconds: 1, failureThreshold: 60 },
                readinessProbe: {
                  httpGet: {
                    path: "/ping",
                    port: "web",
                    httpHeaders: [{ name: "Host", value: "ready.traefik.internal" }],
                  },
                  periodSeconds: 2,
                },
                livenessProbe: { ...ping, periodSeconds: 10 },
                lifecycle: { preStop: { sleep: { seconds: 5 } } },
                volumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
              },
            ],
            volumes: [{ name: "tmp", emptyDir: { sizeLimit: "512Mi" } }],
          },
        },
      },
    });
  });

  it("ClusterRole, which reads what it routes by and writes nothing but the status of an Ingress", () => {
    const verbs = ["list", "watch"];
    assert.deepEqual(find(resources, "ClusterRole").inputs, {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      metadata: { name: "slipway-traefik", labels, annotations },
      rules: [
        { apiGroups: [""], resources: ["services", "secrets", "configmaps"], verbs },
        { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs },
        { apiGroups: ["networking.k8s.io"], resources: ["ingresses", "ingressclasses"], verbs },
        {
          apiGroups: ["networking.k8s.io"],
          resources: ["ingresses/status"],
          verbs: ["update"],
        },
      ],
    });
  });

  it("ClusterRoleBinding", () => {
    assert.deepEqual(find(resources, "ClusterRoleBinding").inputs, {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name: "slipway-traefik", labels, annotations },
      roleRef: {
        apiGroup: "rbac.authorization.k8s.io",
        kind: "ClusterRole",
        name: "slipway-traefik",
      },
      subjects: [{ kind: "ServiceAccount", name: "traefik", namespace: "ingress" }],
    });
  });

  it("Namespace", () => {
    assert.deepEqual(find(resources, "Namespace").inputs, {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: {
        name: "ingress",
        labels: {
          ...labels,
          "pod-security.kubernetes.io/enforce": "privileged",
          "pod-security.kubernetes.io/warn": "baseline",
        },
        annotations,
      },
    });
  });

  it("Service", () => {
    assert.deepEqual(find(resources, "Service", "ingress-controller").inputs, {
      apiVersion: "v1",
      kind: "Service",
      metadata: { ...inside, annotations: quick },
      spec: {
        selector: { app: "traefik" },
        ports: [
          { name: "web", port: 80, targetPort: "web", protocol: "TCP" },
          { name: "websecure", port: 443, targetPort: "websecure", protocol: "TCP" },
        ],
      },
    });
  });

  it("NetworkPolicy", () => {
    assert.deepEqual(find(resources, "NetworkPolicy").inputs, {
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { ...inside, annotations },
      spec: {
        podSelector: { matchLabels: { app: "traefik" } },
        policyTypes: ["Ingress", "Egress"],
        ingress: [
          {
            ports: [
              { protocol: "TCP", port: 8000 },
              { protocol: "TCP", port: 8443 },
            ],
          },
        ],
        egress: [{}],
      },
    });
  });

  it("IngressClass, which stays the one that everybody's Ingress objects name", () => {
    assert.deepEqual(find(resources, "IngressClass").inputs, {
      apiVersion: "networking.k8s.io/v1",
      kind: "IngressClass",
      metadata: {
        name: "nginx",
        labels: { ...labels, app: "nginx", "app.kubernetes.io/name": "nginx" },
        annotations,
      },
      spec: { controller: "k8s.io/ingress-nginx" },
    });
  });
});
