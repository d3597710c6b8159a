import type * as k8s from "@pulumi/kubernetes";

type PodSpec = k8s.types.input.core.v1.PodSpec;
type Container = k8s.types.input.core.v1.Container;
type Probe = k8s.types.input.core.v1.Probe;

/** User of every container that is not told another: nobody's own, as in distroless images. */
export const defaultUser = 65532;

/**
 * Milliseconds that the ingress controller lets pass between two changes of its routes: what comes meanwhile is one change. It
 * acts on the first at once, so who changes one thing does not wait.
 */
export const routingPause = 500;

/**
 * Seconds a container keeps serving after it was told to end: until every proxy has taken it off its list. The news may meet a
 * controller that has to wait its turn, twice where it comes in two parts; the rest is the way of the news itself.
 */
export const leastDrain = Math.ceil((2 * routingPause) / 1000) + 4;

/** Seconds that a program may take to end once it is told to. */
const endSeconds = 25;

/** Ports below this are for root only, unless the pod's network namespace says otherwise. */
const firstFreePort = 1024;

/** What every pod of ours is allowed: as little as the `restricted` Pod Security Standard asks for. */
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
  // A sysctl from the kubelet's safe list; so an image that listens on 80 needs neither root nor a second port number.
  return { ...context, sysctls: [{ name: "net.ipv4.ip_unprivileged_port_start", value: "0" }] };
}

/** What every container of ours is allowed. */
export const containerSecurity: k8s.types.input.core.v1.SecurityContext = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
};

/**
 * The container keeps serving while it is taken out of the load balancing: no request meets a closed port. With more seconds it
 * does so for longer, for requests that take their time: many a program ends as soon as it is told to.
 */
export const drain = (seconds = leastDrain): Pick<Container, "lifecycle"> => ({
  lifecycle: { preStop: { sleep: { seconds } } },
});

/** Seconds from the word that a pod is to go until it is killed. */
export const gracePeriod = (drainSeconds = leastDrain): number => drainSeconds + endSeconds;

/** Pod settings that are the same everywhere: no API token unless asked for, no environment variable per Service. */
export const quietPod: Pick<
  PodSpec,
  "automountServiceAccountToken" | "enableServiceLinks" | "terminationGracePeriodSeconds"
> = {
  automountServiceAccountToken: false,
  enableServiceLinks: false,
  terminationGracePeriodSeconds: gracePeriod(),
};

/** A small program of ours: nothing to serve, a directory for its files, and as little of the node as it can do with. */
export const smallResources: k8s.types.input.core.v1.ResourceRequirements = {
  requests: { cpu: "10m", memory: "16Mi", "ephemeral-storage": "8Mi" },
  limits: { cpu: "200m", memory: "64Mi", "ephemeral-storage": "64Mi" },
};

/** Most that its directory holds. */
export const smallScratch = "32Mi";

/** A path to GET, or a connection that must be accepted. */
export type Check = `/${string}` | "tcp";

/** How a check asks, at the container's port of that name, by a host name where one is given. */
export function checkAction(
  check: Check,
  port: string,
  host?: string,
): Pick<Probe, "httpGet" | "tcpSocket"> {
  if (check === "tcp") return { tcpSocket: { port } };
  const headers = host === undefined ? {} : { httpHeaders: [{ name: "Host", value: host }] };
  return { httpGet: { path: check, port, ...headers } };
}

/** Spreads a Deployment's pods, counting only those of the revision at hand; a full cluster is no reason not to run. */
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
 * What `env`, `command` and `args` have to say for a container to get this text letter by letter: there Kubernetes puts values in
 * place of `$(NAME)`, and `$` in place of `$$`.
 */
export const literal = (text: string): string => text.replaceAll("$", "$$$$");
