import { createHash } from "node:crypto";
import type { MachineRoom } from "../../sandbox/room/machine-room";

/** Objects that depend on the machines' current state, and that nobody wrote. */
const momentary = new Set([
  ...["nodes", "pods", "events", "events.events.k8s.io", "leases.coordination.k8s.io"],
  ...["endpoints", "endpointslices.discovery.k8s.io", "csinodes.storage.k8s.io"],
  ...["componentstatuses", "ipaddresses.networking.k8s.io", "podmetrics", "nodemetrics"],
]);

interface Stored {
  kind: string;
  type?: string;
  metadata: { name: string; namespace?: string };
}

/** Every object of a cluster, `<kind> <namespace>/<name>`, with a hash of its stored data. */
export async function objectsOf(room: MachineRoom, host: string): Promise<Map<string, string>> {
  const listed = await room.kubectl(host, "api-resources", "--verbs=list", "-o", "name");
  const kinds = listed.split("\n").filter((kind) => kind !== "" && !momentary.has(kind));
  const { stdout } = await room.lab.ssh(
    host,
    `sudo kubectl --kubeconfig /etc/kubernetes/admin.conf get ${kinds.join(",")} -A -o json`,
  );
  const { items } = JSON.parse(stdout) as { items: Stored[] };
  return new Map(
    items.filter(isLasting).map((item) => {
      const { kind, metadata } = item;
      const text = createHash("sha256")
        .update(JSON.stringify(kept(item)))
        .digest("hex");
      return [`${kind} ${metadata.namespace ?? ""}/${metadata.name}`, text];
    }),
  );
}

/** Objects that kubeadm rewrites when a cluster starts, and join tokens and keys, which expire. */
const isLasting = ({ type, metadata }: Stored): boolean =>
  type !== "bootstrap.kubernetes.io/token" &&
  !["kubeadm-certs", "kubeadm-config", "cluster-info"].includes(metadata.name);

/** The cluster's own objects contain status, which changes; of all others everything is kept. */
function kept(item: Stored): unknown {
  const { namespace = "" } = item.metadata;
  if (!namespace.startsWith("kube-")) return item;
  const { metadata, ...rest } = item;
  const { name, ...more } = metadata as Stored["metadata"] & { labels?: unknown; uid?: unknown };
  return { ...rest, status: undefined, name, labels: more.labels, uid: more.uid };
}

const meta = (name: string): object => ({ name, namespace: "kept" });
const template = {
  metadata: { labels: { app: "kept" } },
  spec: { containers: [{ name: "main", image: "nowhere.test/none:1" }] },
};
const selector = { matchLabels: { app: "kept" } };
const job = { template: { spec: { ...template.spec, restartPolicy: "Never" } }, suspend: true };

/** Objects of many kinds; none of them creates a pod. */
export const objects: readonly object[] = [
  { apiVersion: "v1", kind: "Namespace", metadata: { name: "kept", labels: { why: "a-test" } } },
  ...Array.from({ length: 20 }, (_, index) => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: meta(`config-${index}`),
    data: { text: `äöü\n${"x".repeat(index * 100)}` },
    binaryData: { bytes: "AAECAwT/" },
  })),
  { apiVersion: "v1", kind: "Secret", metadata: meta("secret"), stringData: { word: "hidden" } },
  { apiVersion: "v1", kind: "ServiceAccount", metadata: meta("account") },
  {
    apiVersion: "v1",
    kind: "Service",
    metadata: meta("service"),
    spec: { selector: { app: "kept" }, ports: [{ port: 80 }] },
  },
  {
    apiVersion: "v1",
    kind: "LimitRange",
    metadata: meta("limits"),
    spec: { limits: [{ type: "Container", default: { cpu: "1" } }] },
  },
  {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name: "kept" },
    spec: {
      capacity: { storage: "1Gi" },
      accessModes: ["ReadWriteOnce"],
      storageClassName: "kept",
      hostPath: { path: "/nowhere" },
    },
  },
  ...["Deployment", "StatefulSet"].map((kind) => ({
    apiVersion: "apps/v1",
    kind,
    metadata: meta("workload"),
    spec: { replicas: 0, selector, template, ...(kind === "StatefulSet" && { serviceName: "x" }) },
  })),
  {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: meta("workload"),
    spec: {
      selector,
      template: { ...template, spec: { ...template.spec, nodeSelector: { none: "such" } } },
    },
  },
  { apiVersion: "batch/v1", kind: "Job", metadata: meta("job"), spec: job },
  {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: meta("cron"),
    spec: { schedule: "0 0 1 1 *", suspend: true, jobTemplate: { spec: job } },
  },
  {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: meta("ingress"),
    spec: { defaultBackend: { service: { name: "service", port: { number: 80 } } } },
  },
  {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: meta("policy"),
    spec: { podSelector: {}, policyTypes: ["Ingress"] },
  },
  {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    metadata: { name: "kept" },
    rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }],
  },
  {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "RoleBinding",
    metadata: meta("binding"),
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "kept" },
    subjects: [{ kind: "ServiceAccount", name: "account", namespace: "kept" }],
  },
  {
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: { name: "kept" },
    provisioner: "none.test/none",
  },
  {
    apiVersion: "scheduling.k8s.io/v1",
    kind: "PriorityClass",
    metadata: { name: "kept" },
    value: 7,
  },
  {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "things.kept.test" },
    spec: {
      group: "kept.test",
      scope: "Namespaced",
      names: { plural: "things", kind: "Thing" },
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
          },
        },
      ],
    },
  },
];

/** One of a kind that the cluster knows only from its CustomResourceDefinition. */
export const thing = {
  apiVersion: "kept.test/v1",
  kind: "Thing",
  metadata: meta("thing"),
  size: 3,
};
