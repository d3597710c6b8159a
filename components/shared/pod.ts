import type * as k8s from "@pulumi/kubernetes";

type PodSpec = k8s.types.input.core.v1.PodSpec;
type Container = k8s.types.input.core.v1.Container;
type Probe = k8s.types.input.core.v1.Probe;

/** Default UID of containers: the nonroot user of distroless images. */
export const defaultUser = 65532;

/**
 * Minimum milliseconds between two changes of the ingress controller's routes: changes in between become one. It applies the
 * first at once, so a single change does not wait.
 */
export const routingPause = 500;

/**
 * Seconds that a terminating container keeps serving, until every proxy has removed it. A change may wait for `routingPause`,
 * twice where it comes in two parts; the rest is for its propagation.
 */
export const leastDrain = Math.ceil((2 * routingPause) / 1000) + 4;

/** Seconds that a program may take to end after SIGTERM. */
const endSeconds = 25;

/** Ports below this are for root only, unless the pod's network namespace says otherwise. */
const firstFreePort = 1024;

/** Security context of every pod, as the `restricted` Pod Security Standard requires. */
export function podSecurity(
  user: number,
  ports: readonly number[],
): k8s.types.input.core.v1.PodSecurityContext {
  const context = {
    runAsNonRoot: true,
    runAsUser: user,
    runAsGroup: user,
    fsGroup: user,
    fsGroupChangePolicy: "OnRootMismatch",
    seccompProfile: { type: "RuntimeDefault" },
  };
  if (ports.every((port) => port >= firstFreePort)) return context;
  // A sysctl from the kubelet's safe list, with which an image that listens on 80 needs no root.
  return { ...context, sysctls: [{ name: "net.ipv4.ip_unprivileged_port_start", value: "0" }] };
}

/** Security context of every container. */
export const containerSecurity: k8s.types.input.core.v1.SecurityContext = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
};

/**
 * The container keeps serving while proxies remove it, so no request meets a closed port. More seconds give slow requests time to
 * finish, because many programs end at once on SIGTERM.
 */
export const drain = (seconds = leastDrain): Pick<Container, "lifecycle"> => ({
  lifecycle: { preStop: { sleep: { seconds } } },
});

/** Seconds from the start of a pod's termination until it is killed. */
export const gracePeriod = (drainSeconds = leastDrain): number => drainSeconds + endSeconds;

/** Pod settings that are the same everywhere: no API token by default, no environment variables per Service. */
export const quietPod: Pick<
  PodSpec,
  "automountServiceAccountToken" | "enableServiceLinks" | "terminationGracePeriodSeconds"
> = {
  automountServiceAccountToken: false,
  enableServiceLinks: false,
  terminationGracePeriodSeconds: gracePeriod(),
};

/** Resources of Slipway's own small programs. */
export const smallResources: k8s.types.input.core.v1.ResourceRequirements = {
  requests: { cpu: "10m", memory: "16Mi", "ephemeral-storage": "8Mi" },
  limits: { cpu: "200m", memory: "64Mi", "ephemeral-storage": "64Mi" },
};

/** Size limit of their scratch directory. */
export const smallScratch = "32Mi";

/** A path to GET, or a connection that must be accepted. */
export type Check = `/${string}` | "tcp";

/** Probe of a check at the container's port of that name, with a `Host` header where a host is given. */
export function checkAction(
  check: Check,
  port: string,
  host?: string,
): Pick<Probe, "httpGet" | "tcpSocket"> {
  if (check === "tcp") return { tcpSocket: { port } };
  const headers = host === undefined ? {} : { httpHeaders: [{ name: "Host", value: host }] };
  return { httpGet: { path: check, port, ...headers } };
}

/** Spreads a Deployment's pods, counting only those of the same revision; in a full cluster they run anyway. */
export function spreadOver(
  topologyKey: string,
  selector: Record<string, string>,
): k8s.types.input.core.v1.TopologySpreadConstraint {
  return {
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: "ScheduleAnyway",
    labelSelector: { matchLabels: selector },
    matchLabelKeys: ["pod-template-hash"],
  };
}

/**
 * Escapes a text for `env`, `command` and `args`, where Kubernetes expands `$(NAME)`, and `$$` to `$`.
 */
export const literal = (text: string): string => text.replaceAll("$", "$$$$");
