import type { Declared } from "./engine";

/** What becomes of an object when some of its fields change. */
export type Decision = "update" | "replace";

/** One kind of objects with changes to it. */
export interface KindCase {
  readonly type: string;
  /** Manifest without name and namespace. */
  readonly manifest: object;
  /** Objects of this kind have no namespace. */
  readonly clusterWide?: boolean;
  /** By title: the fields that change, and what comes of it. */
  readonly changes: Readonly<
    Record<string, readonly [Readonly<Record<string, unknown>>, Decision]>
  >;
  /** Through a provider whose ConfigMaps and Secrets may be changed in place. */
  readonly mutable?: boolean;
}

const labels = { app: "a" };
const template = {
  metadata: { labels },
  spec: { containers: [{ name: "main", image: "example.invalid/a:1" }] },
};
const selector = { matchLabels: labels };
const image = { "spec.template.spec.containers.0.image": "example.invalid/a:2" };
const otherLabels = {
  "spec.selector.matchLabels.app": "b",
  "spec.template.metadata.labels.app": "b",
};
const labelled = { "metadata.labels": { changed: "yes" } };
const claim = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } };
const data = "dmFsdWUx";

/** Every kind that Slipway declares, with the decisions of the official plugin, except where its update would fail. */
export const kinds: Readonly<Record<string, KindCase>> = {
  Namespace: {
    type: "kubernetes:core/v1:Namespace",
    clusterWide: true,
    manifest: {},
    changes: { labels: [labelled, "update"] },
  },
  Deployment: {
    type: "kubernetes:apps/v1:Deployment",
    manifest: { spec: { replicas: 1, selector, template } },
    changes: {
      image: [image, "update"],
      replicas: [{ "spec.replicas": 2 }, "update"],
      "one more container": [
        { "spec.template.spec.containers.1": { name: "side", image: "example.invalid/b:1" } },
        "update",
      ],
      selector: [otherLabels, "replace"],
    },
  },
  StatefulSet: {
    type: "kubernetes:apps/v1:StatefulSet",
    manifest: {
      spec: {
        replicas: 1,
        serviceName: "a",
        selector,
        template,
        volumeClaimTemplates: [{ metadata: { name: "data" }, spec: claim }],
      },
    },
    changes: {
      image: [image, "update"],
      replicas: [{ "spec.replicas": 2 }, "update"],
      serviceName: [{ "spec.serviceName": "b" }, "replace"],
      podManagementPolicy: [{ "spec.podManagementPolicy": "Parallel" }, "replace"],
      revisionHistoryLimit: [{ "spec.revisionHistoryLimit": 3 }, "replace"],
      volumeClaimTemplates: [
        { "spec.volumeClaimTemplates.0.spec.resources.requests.storage": "2Gi" },
        "replace",
      ],
      selector: [otherLabels, "replace"],
    },
  },
  DaemonSet: {
    type: "kubernetes:apps/v1:DaemonSet",
    manifest: { spec: { selector, template } },
    changes: { image: [image, "update"], selector: [otherLabels, "replace"] },
  },
  Job: {
    type: "kubernetes:batch/v1:Job",
    manifest: {
      spec: { suspend: true, template: { spec: { ...template.spec, restartPolicy: "Never" } } },
    },
    changes: {
      image: [image, "replace"],
      parallelism: [{ "spec.parallelism": 2 }, "replace"],
      completions: [{ "spec.completions": 2 }, "replace"],
      backoffLimit: [{ "spec.backoffLimit": 1 }, "update"],
      "time to live": [{ "spec.ttlSecondsAfterFinished": 600 }, "update"],
    },
  },
  CronJob: {
    type: "kubernetes:batch/v1:CronJob",
    manifest: {
      spec: {
        suspend: true,
        schedule: "0 1 * * *",
        jobTemplate: {
          spec: { template: { spec: { ...template.spec, restartPolicy: "Never" } } },
        },
      },
    },
    changes: {
      schedule: [{ "spec.schedule": "0 2 * * *" }, "update"],
      image: [
        { "spec.jobTemplate.spec.template.spec.containers.0.image": "example.invalid/a:2" },
        "update",
      ],
    },
  },
  Service: {
    type: "kubernetes:core/v1:Service",
    manifest: { spec: { selector: labels, ports: [{ port: 80 }] } },
    changes: {
      port: [{ "spec.ports.0.port": 81 }, "update"],
      "one more port": [
        {
          "spec.ports": [
            { name: "a", port: 80 },
            { name: "b", port: 81 },
          ],
        },
        "update",
      ],
      type: [{ "spec.type": "NodePort" }, "update"],
      selector: [{ "spec.selector.app": "b" }, "update"],
      headless: [{ "spec.clusterIP": "None" }, "replace"],
    },
  },
  Ingress: {
    type: "kubernetes:networking.k8s.io/v1:Ingress",
    manifest: {
      spec: {
        ingressClassName: "none",
        defaultBackend: { service: { name: "a", port: { number: 80 } } },
      },
    },
    changes: {
      class: [{ "spec.ingressClassName": "other" }, "update"],
      backend: [{ "spec.defaultBackend.service.name": "b" }, "update"],
    },
  },
  IngressClass: {
    type: "kubernetes:networking.k8s.io/v1:IngressClass",
    clusterWide: true,
    manifest: { spec: { controller: "example.invalid/a" } },
    changes: {
      labels: [labelled, "update"],
      // The official plugin tries an update, which the server refuses.
      controller: [{ "spec.controller": "example.invalid/b" }, "replace"],
    },
  },
  NetworkPolicy: {
    type: "kubernetes:networking.k8s.io/v1:NetworkPolicy",
    manifest: { spec: { podSelector: {}, policyTypes: ["Ingress"] } },
    changes: {
      podSelector: [{ "spec.podSelector": selector }, "update"],
      policyTypes: [{ "spec.policyTypes": ["Ingress", "Egress"] }, "update"],
    },
  },
  ServiceAccount: {
    type: "kubernetes:core/v1:ServiceAccount",
    manifest: { automountServiceAccountToken: true },
    changes: { token: [{ automountServiceAccountToken: false }, "update"] },
  },
  ConfigMap: {
    type: "kubernetes:core/v1:ConfigMap",
    manifest: { data: { a: "1" } },
    changes: {
      data: [{ "data.a": "2" }, "replace"],
      "one more key": [{ "data.b": "2" }, "replace"],
      binaryData: [{ binaryData: { b: data } }, "replace"],
      labels: [labelled, "update"],
    },
  },
  "mutable ConfigMap": {
    type: "kubernetes:core/v1:ConfigMap",
    mutable: true,
    manifest: { data: { a: "1" } },
    changes: { data: [{ "data.a": "2" }, "update"], "no data": [{ data: undefined }, "update"] },
  },
  "immutable ConfigMap": {
    type: "kubernetes:core/v1:ConfigMap",
    mutable: true,
    manifest: { immutable: true, data: { a: "1" } },
    changes: {
      data: [{ "data.a": "2" }, "replace"],
      // The official plugin tries an update, which the server refuses.
      immutable: [{ immutable: false }, "replace"],
    },
  },
  Secret: {
    type: "kubernetes:core/v1:Secret",
    manifest: { type: "Opaque", data: { a: data } },
    changes: {
      data: [{ "data.a": "dmFsdWUy" }, "replace"],
      stringData: [{ "stringData.a": "value2" }, "replace"],
      type: [{ type: "example.invalid/type" }, "replace"],
      labels: [labelled, "update"],
    },
  },
  "mutable Secret": {
    type: "kubernetes:core/v1:Secret",
    mutable: true,
    manifest: { type: "Opaque", data: { a: data } },
    changes: {
      data: [{ "data.a": "dmFsdWUy" }, "update"],
      type: [{ type: "example.invalid/type" }, "replace"],
    },
  },
  PersistentVolumeClaim: {
    type: "kubernetes:core/v1:PersistentVolumeClaim",
    manifest: { spec: { ...claim, storageClassName: "none" } },
    changes: {
      labels: [labelled, "update"],
      accessModes: [{ "spec.accessModes": ["ReadOnlyMany"] }, "replace"],
      storageClassName: [{ "spec.storageClassName": "other" }, "replace"],
    },
  },
  PodDisruptionBudget: {
    type: "kubernetes:policy/v1:PodDisruptionBudget",
    manifest: { spec: { minAvailable: 1, selector } },
    changes: {
      minAvailable: [{ "spec.minAvailable": 2 }, "update"],
      selector: [{ "spec.selector.matchLabels.app": "b" }, "update"],
    },
  },
  HorizontalPodAutoscaler: {
    type: "kubernetes:autoscaling/v2:HorizontalPodAutoscaler",
    manifest: {
      spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "a" },
        minReplicas: 1,
        maxReplicas: 2,
      },
    },
    changes: {
      maxReplicas: [{ "spec.maxReplicas": 3 }, "update"],
      target: [{ "spec.scaleTargetRef.name": "b" }, "update"],
    },
  },
  ResourceQuota: {
    type: "kubernetes:core/v1:ResourceQuota",
    manifest: { spec: { hard: { "count/secrets": "100" } } },
    changes: {
      hard: [{ "spec.hard": { "count/secrets": "200" } }, "update"],
      scopes: [{ "spec.scopes": ["BestEffort"], "spec.hard": { pods: "1000" } }, "replace"],
    },
  },
  LimitRange: {
    type: "kubernetes:core/v1:LimitRange",
    manifest: { spec: { limits: [{ type: "Container", max: { cpu: "100" } }] } },
    changes: { limits: [{ "spec.limits.0.max.cpu": "200" }, "update"] },
  },
  Role: {
    type: "kubernetes:rbac.authorization.k8s.io/v1:Role",
    manifest: { rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }] },
    changes: { rules: [{ "rules.0.verbs": ["get", "list"] }, "update"] },
  },
  RoleBinding: {
    type: "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding",
    manifest: {
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "a" },
      subjects: [{ kind: "User", name: "a", apiGroup: "rbac.authorization.k8s.io" }],
    },
    changes: {
      subjects: [{ "subjects.0.name": "b" }, "update"],
      roleRef: [{ "roleRef.name": "b" }, "replace"],
    },
  },
  ClusterRole: {
    type: "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole",
    clusterWide: true,
    manifest: { rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }] },
    changes: { rules: [{ "rules.0.verbs": ["get", "list"] }, "update"] },
  },
  ClusterRoleBinding: {
    type: "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding",
    clusterWide: true,
    manifest: {
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "a" },
      subjects: [{ kind: "User", name: "a", apiGroup: "rbac.authorization.k8s.io" }],
    },
    changes: {
      subjects: [{ "subjects.0.name": "b" }, "update"],
      roleRef: [{ "roleRef.name": "b" }, "replace"],
    },
  },
  StorageClass: {
    type: "kubernetes:storage.k8s.io/v1:StorageClass",
    clusterWide: true,
    manifest: { provisioner: "example.invalid/a", parameters: { a: "1" } },
    changes: {
      expansion: [{ allowVolumeExpansion: true }, "update"],
      parameters: [{ "parameters.a": "2" }, "replace"],
      provisioner: [{ provisioner: "example.invalid/b" }, "replace"],
      // The official plugin tries an update, which the server refuses.
      reclaimPolicy: [{ reclaimPolicy: "Retain" }, "replace"],
    },
  },
  PriorityClass: {
    type: "kubernetes:scheduling.k8s.io/v1:PriorityClass",
    clusterWide: true,
    manifest: { value: 10, description: "a" },
    changes: {
      description: [{ description: "b" }, "update"],
      // The official plugin tries an update, which the server refuses.
      value: [{ value: 20 }, "replace"],
    },
  },
  Pod: {
    type: "kubernetes:core/v1:Pod",
    manifest: { spec: template.spec },
    changes: {
      labels: [labelled, "update"],
      image: [{ "spec.containers.0.image": "example.invalid/a:2" }, "replace"],
      env: [{ "spec.containers.0.env": [{ name: "A", value: "1" }] }, "replace"],
    },
  },
};

/** The object of one change, before or after it. */
export function objectOf(
  name: string,
  namespace: string,
  { type, manifest, clusterWide, mutable }: KindCase,
  change: Readonly<Record<string, unknown>> = {},
): Declared {
  const [, module = "", kind] = type.split(":");
  const metadata = {
    name,
    ...(clusterWide === true ? {} : { namespace }),
    // What these objects would wait for is not what is asked here.
    annotations: { "pulumi.com/skipAwait": "true" },
  };
  const inputs = structuredClone({
    apiVersion: module.replace(/^core\//, ""),
    kind,
    metadata,
    ...manifest,
  });
  for (const [path, value] of Object.entries(change)) set(inputs, path.split("."), value);
  return { type, inputs, ...(mutable === true ? { options: { provider: "mutable" } } : {}) };
}

function set(at: object, [step = "", ...rest]: readonly string[], value: unknown): void {
  const parent = at as Record<string, unknown>;
  if (rest.length === 0) parent[step] = value;
  else set((parent[step] ??= {}), rest, value);
}
