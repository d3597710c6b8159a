import type * as k8s from "@pulumi/kubernetes";
import { longestRequest, readiness } from "../shared/http";
import {
  checkAction,
  containerSecurity,
  defaultUser,
  drain,
  podSecurity,
  quietPod,
  routingPause,
} from "../shared/pod";

type Container = k8s.types.input.core.v1.Container;

/** Controller name of class `nginx`, that of ingress-nginx, for which existing Ingress objects were written. */
export const controllerClass = "k8s.io/ingress-nginx";

/** Ports inside the pod; none needs root. */
const ports = { web: 8000, websecure: 8443, admin: 8080 } as const;

/** Permissions of Traefik's nginx provider: https://doc.traefik.io/traefik/v3.7/reference/install-configuration/providers/kubernetes/kubernetes-ingress-nginx */
export const clusterRules: k8s.types.input.rbac.v1.PolicyRule[] = [
  { apiGroups: [""], resources: ["services", "secrets", "configmaps"], verbs: ["list", "watch"] },
  { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["list", "watch"] },
  {
    apiGroups: ["networking.k8s.io"],
    resources: ["ingresses", "ingressclasses"],
    verbs: ["list", "watch"],
  },
  { apiGroups: ["networking.k8s.io"], resources: ["ingresses/status"], verbs: ["update"] },
];

/** What the DaemonSet is made from. */
export interface DaemonSetArgs {
  /** Name of the DaemonSet, its container and its service account. */
  name: string;
  /** Image of Traefik, by digest. */
  image: string;
  /** Labels of the nodes it runs on; every node when empty. */
  nodes: Record<string, string>;
  /** Name of the IngressClass that it serves. */
  className: string;
  /** All labels of the pods. */
  labels: Record<string, string>;
  /** Selector of the pods; part of `labels`. */
  selector: Record<string, string>;
  /** Service, as `namespace/name`, whose address every Ingress of the class gets. */
  published: string;
  /** Addresses of proxies in front of it, whose `X-Forwarded-*` headers it trusts. */
  trusted: readonly string[];
}

/** Traefik on each node's ports 80 and 443: no load balancer is needed in a machine room. */
export function daemonSetSpec(args: DaemonSetArgs): k8s.types.input.apps.v1.DaemonSetSpec {
  const { name, image, nodes, labels, selector } = args;
  const container: Container = {
    name,
    image,
    args: commandLine(args),
    ports: [
      { name: "web", containerPort: ports.web, hostPort: 80, protocol: "TCP" },
      { name: "websecure", containerPort: ports.websecure, hostPort: 443, protocol: "TCP" },
      { name: "admin", containerPort: ports.admin, protocol: "TCP" },
    ],
    resources: {
      requests: { cpu: "100m", memory: "128Mi", "ephemeral-storage": "64Mi" },
      limits: { cpu: "2", memory: "512Mi", "ephemeral-storage": "1Gi" },
    },
    securityContext: containerSecurity,
    startupProbe: { ...checkAction("/ping", "admin"), periodSeconds: 1, failureThreshold: 60 },
    readinessProbe: { httpGet: hasRoutes, periodSeconds: 2 },
    livenessProbe: { ...checkAction("/ping", "admin"), periodSeconds: 10 },
    ...drain(),
    volumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
  };
  return {
    selector: { matchLabels: selector },
    // Two pods cannot have the same host port, so a node's old pod ends before its new one starts; one node at a time.
    updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
    template: {
      metadata: { labels },
      spec: {
        ...quietPod,
        automountServiceAccountToken: true,
        serviceAccountName: name,
        priorityClassName: "system-cluster-critical",
        nodeSelector: nodes,
        securityContext: podSecurity(defaultUser, Object.values(ports)),
        containers: [container],
        volumes: [{ name: "tmp", emptyDir: { sizeLimit: "512Mi" } }],
      },
    },
  };
}

const hasRoutes = {
  path: readiness.path,
  port: "web",
  httpHeaders: [{ name: "Host", value: readiness.host }],
};

function commandLine({ className, published, trusted }: DaemonSetArgs): string[] {
  const provider = "--providers.kubernetesingressnginx";
  return [
    "--global.checknewversion=false",
    "--global.sendanonymoususage=false",
    `--entrypoints.web.address=:${ports.web}`,
    `--entrypoints.websecure.address=:${ports.websecure}`,
    "--entrypoints.websecure.http.tls=true",
    // Otherwise Traefik would turn `;` into `&`, and so change the query.
    "--entrypoints.web.http.encodequerysemicolons=true",
    "--entrypoints.websecure.http.encodequerysemicolons=true",
    // The default of one minute for a whole request would cut longer uploads. Towards pods Traefik counts from the request's
    // first byte too, where ingress-nginx counted pauses between two reads.
    ...["web", "websecure"].map(
      (name) => `--entrypoints.${name}.transport.respondingtimeouts.readtimeout=${longestRequest}s`,
    ),
    ...["proxyreadtimeout", "proxysendtimeout"].map(
      (name) => `${provider}.${name}=${longestRequest}`,
    ),
    `--entrypoints.traefik.address=:${ports.admin}`,
    "--ping=true",
    `--providers.providersthrottleduration=${routingPause}ms`,
    `${provider}=true`,
    `${provider}.ingressclass=${className}`,
    `${provider}.controllerclass=${controllerClass}`,
    // Routes only on the two public ports, and not on the admin port.
    `${provider}.httpentrypoint=web`,
    `${provider}.httpsentrypoint=websecure`,
    `${provider}.publishservice=${published}`,
    ...(trusted.length === 0
      ? []
      : [`--entrypoints.web.forwardedheaders.trustedips=${trusted.join(",")}`]),
  ];
}

/** Address of the controllers within the cluster. */
export const serviceSpec = (
  selector: Record<string, string>,
): k8s.types.input.core.v1.ServiceSpec => ({
  selector,
  ports: [
    { name: "web", port: 80, targetPort: "web", protocol: "TCP" },
    { name: "websecure", port: 443, targetPort: "websecure", protocol: "TCP" },
  ],
});

/** A Service for readiness that routes each controller to itself, so its readiness depends on no other. */
export const selfSpec: k8s.types.input.core.v1.ServiceSpec = {
  type: "ExternalName",
  externalName: "localhost",
  ports: [{ name: "admin", port: ports.admin, targetPort: ports.admin, protocol: "TCP" }],
};

/** The route that shows that a controller has routes. */
export const readinessSpec = (
  className: string,
  service: string,
): k8s.types.input.networking.v1.IngressSpec => ({
  ingressClassName: className,
  rules: [
    {
      host: readiness.host,
      http: {
        paths: [
          {
            path: readiness.path,
            pathType: "Exact",
            backend: { service: { name: service, port: { number: ports.admin } } },
          },
        ],
      },
    },
  ],
});

/** NetworkPolicy. Ingress: anyone, by the two host ports. Egress: the API server and every Service behind an Ingress. */
export function networkPolicySpec(
  selector: Record<string, string>,
): k8s.types.input.networking.v1.NetworkPolicySpec {
  const tcp = (port: number) => ({ protocol: "TCP", port });
  return {
    podSelector: { matchLabels: selector },
    policyTypes: ["Ingress", "Egress"],
    ingress: [{ ports: [tcp(ports.web), tcp(ports.websecure)] }],
    egress: [{}],
  };
}
