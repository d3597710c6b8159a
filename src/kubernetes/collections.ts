/** Every kind that a component declares under a fixed name, by its API. */
export const kinds = {
  namespaced: {
    "api/v1":
      "ConfigMap LimitRange PersistentVolumeClaim ResourceQuota Secret Service ServiceAccount",
    "apis/apps/v1": "DaemonSet Deployment",
    "apis/autoscaling/v2": "HorizontalPodAutoscaler",
    "apis/batch/v1": "CronJob Job",
    "apis/networking.k8s.io/v1": "Ingress NetworkPolicy",
    "apis/policy/v1": "PodDisruptionBudget",
  },
  clusterWide: {
    "api/v1": "Namespace",
    "apis/networking.k8s.io/v1": "IngressClass",
    "apis/rbac.authorization.k8s.io/v1": "ClusterRole ClusterRoleBinding",
  },
} as const;

/** The path that lists objects of a kind: `/apis/networking.k8s.io/v1/namespaces/sjzy-uat/networkpolicies`. */
export function collection(api: string, kind: string, namespace?: string): string {
  const inside = namespace === undefined ? "" : `/namespaces/${namespace}`;
  const many = kind.toLowerCase().replace(/y$/, "ie").replace(/ss$/, "sse");
  return `/${api}${inside}/${many}s`;
}

/** The API that has a kind: `apis/apps/v1` for a Deployment; undefined for one that no component declares. */
export const apiOfKind = (kind: string): string | undefined =>
  Object.values(kinds)
    .flatMap((apis) => Object.entries(apis as Readonly<Record<string, string>>))
    .find(([, names]) => names.split(" ").includes(kind))?.[0];
