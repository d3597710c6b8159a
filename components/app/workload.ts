import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { besideName, claimName } from "../shared/names";
import {
  checkAction,
  containerSecurity,
  drain,
  gracePeriod,
  literal,
  podSecurity,
  quietPod,
  spreadOver,
} from "../shared/pod";
import { canonical } from "../shared/units";
import { configMount, configObject, configVolume, type Configuration } from "./config";
import { askedAs, type AppSpec, type Probes, type Quantities, type VolumeSpec } from "./spec";

type DeploymentSpec = k8s.types.input.apps.v1.DeploymentSpec;
type Container = k8s.types.input.core.v1.Container;
type PodVolume = k8s.types.input.core.v1.Volume;
type VolumeMount = k8s.types.input.core.v1.VolumeMount;

/** What a Deployment's spec is rendered from. */
export interface WorkloadArgs {
  /** Kubernetes name of the project; also that of the container and the service account. */
  name: string;
  /** Spec of the project. */
  spec: AppSpec;
  /** Number of pods. */
  replicas: number;
  /** Image by digest. */
  image: pulumi.Input<string>;
  /** Configuration that is not in the image. @default all of it is in the image */
  configuration?: Configuration;
  /** All labels of the pods. */
  labels: Record<string, string>;
  /** Selector of the pods; part of `labels`. */
  selector: Record<string, string>;
  /** Name of the Secret that holds the values of `spec.secrets`, by variable name. @default none: `spec.secrets` is empty */
  secretName?: pulumi.Input<string>;
  /** Name of the Secret to pull the image with. @default none: the registry is open to its nodes */
  pullSecret?: string;
}

/** Name of the container's port, which Service and probes refer to. */
export const portName = "http";

/** Explicit, though it is the default: server-side apply identifies ports by number and protocol. */
const protocol = "TCP";

/** Revisions that `kubectl rollout history` shows; `slipway rollback` releases an older record and does not need them. */
const revisionHistoryLimit = 3;

const topologyKeys = {
  nodes: "kubernetes.io/hostname",
  zones: "topology.kubernetes.io/zone",
} as const;

/** Seconds that a pod may take until it is available: the pull of its image, its start, and `minReadySeconds`. */
const deadline = ({ probes }: AppSpec): number =>
  probes.startSeconds + probes.pullSeconds + (probes.minReadySeconds ?? 0);

/**
 * Timeout for a rollout of one of a project's Deployments, in seconds. Its progress deadline is the narrower limit; this one is
 * for a cluster whose controllers do not run. New pods start together, replacements one after the other.
 */
export function rolloutPatience(spec: AppSpec): number {
  const pods = Math.max(spec.replicas, spec.autoscale?.max ?? 0);
  return (spec.strategy.kind === "recreate" ? 1 : pods) * deadline(spec) + 30;
}

/** Spec of one of a project's Deployments. */
export function deploymentSpec(args: WorkloadArgs): DeploymentSpec {
  const { spec, replicas, labels, selector } = args;
  const { minReadySeconds = 0 } = spec.probes;
  return {
    replicas,
    revisionHistoryLimit,
    // The update fails with the reason soon after a pod has exceeded its time to start.
    progressDeadlineSeconds: deadline(spec),
    ...(minReadySeconds > 0 && { minReadySeconds }),
    strategy:
      spec.strategy.kind === "recreate"
        ? { type: "Recreate" }
        : { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    selector: { matchLabels: selector },
    template: { metadata: { labels }, spec: podSpec(args) },
  };
}

function podSpec(args: WorkloadArgs): k8s.types.input.core.v1.PodSpec {
  const { name, spec, selector, pullSecret, configuration } = args;
  const aliases = { ...configuration?.hostAliases, ...spec.hostAliases };
  const hostAliases = Object.entries(aliases).map(([ip, hostnames]) => ({
    ip,
    hostnames: [...hostnames],
  }));
  const mounted = configuration?.mount;
  return {
    ...quietPod,
    terminationGracePeriodSeconds: gracePeriod(spec.drainSeconds),
    serviceAccountName: name,
    securityContext: podSecurity(spec.runAsUser, [spec.port]),
    ...(pullSecret === undefined ? {} : { imagePullSecrets: [{ name: pullSecret }] }),
    ...(hostAliases.length === 0 ? {} : { hostAliases }),
    ...(spec.spread === "none"
      ? {}
      : { topologySpreadConstraints: [spreadOver(topologyKeys[spec.spread], selector)] }),
    containers: [container(args)],
    volumes: [
      ...Object.keys(spec.volumes).map((volume) => persistentVolume(name, volume)),
      ...spec.writable.map((_, index) => ({
        name: scratchName(index),
        emptyDir: { sizeLimit: spec.resources.limits.storage },
      })),
      ...(mounted === undefined
        ? []
        : [configVolume(besideName(name, configObject(mounted)), mounted)]),
    ],
  };
}

function container(args: WorkloadArgs): Container {
  const { name, spec, image, secretName, configuration } = args;
  const mounted = configuration?.mount;
  return {
    name,
    image,
    ports: [{ name: portName, containerPort: spec.port, protocol }],
    env: [
      ...Object.entries(spec.env).map(([variable, value]) => ({
        name: variable,
        value: literal(value),
      })),
      ...Object.keys(spec.secrets).map((variable) => ({
        name: variable,
        valueFrom: { secretKeyRef: { name: secretName, key: variable } },
      })),
    ],
    resources: containerResources(spec),
    securityContext: containerSecurity,
    ...probes(spec.probes, askedAs(spec)),
    ...drain(spec.drainSeconds),
    volumeMounts: [
      ...Object.entries(spec.volumes).map(([volume, { path }]) => mount(volume, path)),
      ...spec.writable.map((path, index) => mount(scratchName(index), path)),
      ...(mounted === undefined ? [] : [configMount(mounted)]),
    ],
  };
}

/** Requests and limits of a project's container; the kubelet evicts one that exceeds its ephemeral storage. */
export function containerResources({
  resources: { requests, limits },
}: Pick<AppSpec, "resources">): k8s.types.input.core.v1.ResourceRequirements {
  const quantities = ({ cpu, memory, storage }: Quantities) => ({
    cpu,
    memory,
    "ephemeral-storage": storage,
  });
  return { requests: quantities(requests), limits: quantities(limits) };
}

/** Factor of the liveness probe's failure threshold: a busy pod must lose its traffic, not be killed. */
const livenessPatience = 3;

function probes(
  args: Probes,
  host: string | undefined,
): Pick<Container, "startupProbe" | "readinessProbe" | "livenessProbe"> {
  const { check, liveness = check, startSeconds, periodSeconds, timeoutSeconds, failures } = args;
  const pace = { periodSeconds, timeoutSeconds, failureThreshold: failures };
  return {
    // It runs every second, so a quick start is noticed quickly; the other two probes wait until it has succeeded once.
    startupProbe: {
      ...checkAction(check, portName, host),
      periodSeconds: 1,
      timeoutSeconds,
      failureThreshold: startSeconds,
    },
    readinessProbe: { ...checkAction(check, portName, host), ...pace },
    livenessProbe: {
      ...checkAction(liveness, portName, host),
      ...pace,
      failureThreshold: livenessPatience * failures,
    },
  };
}

const persistentVolume = (name: string, volume: string): PodVolume => ({
  name: volume,
  persistentVolumeClaim: { claimName: claimName(name, volume) },
});

const scratchName = (index: number): string => `scratch-${index}`;

const mount = (name: string, mountPath: string): VolumeMount => ({ name, mountPath });

/** Spec of the claim for one volume; without a class it gets the cluster's default. */
export function claimSpec(
  { access, size }: VolumeSpec,
  storageClassName?: string,
): k8s.types.input.core.v1.PersistentVolumeClaimSpec {
  return {
    accessModes: [access],
    // Another notation of the same size would count as a change of the claim.
    resources: { requests: { storage: canonical(size) } },
    ...(storageClassName === undefined ? {} : { storageClassName }),
  };
}

/** Spec of a project's Service: its port is the container's, with a NodePort where one is given. */
export function serviceSpec(
  { port, nodePort }: Pick<AppSpec, "port" | "nodePort">,
  selector: Record<string, string>,
): k8s.types.input.core.v1.ServiceSpec {
  const service = { name: portName, port, targetPort: portName, protocol };
  return nodePort === undefined
    ? { type: "ClusterIP", selector, ports: [service] }
    : { type: "NodePort", selector, ports: [{ ...service, nodePort }] };
}

/** Spec of the PodDisruptionBudget: a drain may evict one pod at a time, and always an unhealthy one. */
export const budgetSpec = (
  selector: Record<string, string>,
): k8s.types.input.policy.v1.PodDisruptionBudgetSpec => ({
  selector: { matchLabels: selector },
  maxUnavailable: 1,
  unhealthyPodEvictionPolicy: "AlwaysAllow",
});

/** Spec of the autoscaler that owns a Deployment's replicas. */
export function autoscalerSpec(
  name: string,
  minReplicas: number,
  { max, cpu }: NonNullable<AppSpec["autoscale"]>,
): k8s.types.input.autoscaling.v2.HorizontalPodAutoscalerSpec {
  const target = { type: "Utilization", averageUtilization: cpu };
  return {
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name },
    minReplicas,
    maxReplicas: max,
    metrics: [{ type: "Resource", resource: { name: "cpu", target } }],
  };
}
