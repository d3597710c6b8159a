import type { KubernetesObject } from "./object";

interface Rule {
  apiGroups: readonly string[];
  resources: readonly string[];
  verbs: readonly string[];
}

const read = ["get", "list", "watch"];
const events: Rule = {
  apiGroups: ["", "events.k8s.io"],
  resources: ["events"],
  verbs: ["create", "patch", "update"],
};

/** Permissions of the sandbox's own processes: each only what it needs. */
const rules: Readonly<Record<string, readonly Rule[]>> = {
  coredns: [
    { apiGroups: [""], resources: ["namespaces", "pods", "services"], verbs: ["list", "watch"] },
    { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["list", "watch"] },
  ],
  kwok: [
    events,
    { apiGroups: [""], resources: ["nodes"], verbs: read },
    { apiGroups: [""], resources: ["pods"], verbs: [...read, "patch", "update", "delete"] },
    { apiGroups: [""], resources: ["nodes/status", "pods/status"], verbs: ["patch", "update"] },
  ],
  nodeports: [{ apiGroups: [""], resources: ["services"], verbs: ["list"] }],
  "local-path-provisioner": [
    events,
    { apiGroups: [""], resources: ["nodes", "configmaps", "persistentvolumeclaims"], verbs: read },
    {
      apiGroups: [""],
      resources: ["persistentvolumes"],
      verbs: [...read, "create", "patch", "update", "delete"],
    },
    { apiGroups: ["storage.k8s.io"], resources: ["storageclasses"], verbs: read },
    {
      apiGroups: [""],
      resources: ["pods", "pods/log"],
      verbs: [...read, "create", "delete"],
    },
  ],
};

/** Roles and bindings of the users in `pki/identities.ts` for which Kubernetes has none. */
export function rbac(): KubernetesObject[] {
  return [
    bind("slipway:cluster-admins", "cluster-admin", group("slipway:cluster-admins")),
    bind(
      "slipway:apiserver-kubelet",
      "system:kubelet-api-admin",
      user("kube-apiserver-kubelet-client"),
    ),
    ...Object.entries(rules).flatMap(([name, own]): KubernetesObject[] => [
      {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "ClusterRole",
        metadata: { name: `slipway:${name}` },
        rules: own,
      },
      bind(`slipway:${name}`, `slipway:${name}`, user(`slipway:${name}`)),
    ]),
  ];
}

interface Subject {
  apiGroup: string;
  kind: string;
  name: string;
}

const subject = (kind: string, name: string): Subject => ({
  apiGroup: "rbac.authorization.k8s.io",
  kind,
  name,
});
const user = (name: string): Subject => subject("User", name);
const group = (name: string): Subject => subject("Group", name);

function bind(name: string, role: string, to: Subject): KubernetesObject {
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role },
    subjects: [to],
  };
}
