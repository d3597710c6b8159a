import type {
  V1DaemonSet,
  V1Deployment,
  V1Job,
  V1ObjectMeta,
  V1Pod,
  V1ReplicaSet,
} from "@kubernetes/client-node";
import { dyingText, type ComparedWorkload } from "./gone";

/** The object that is waited for, as in the API; times are strings there. */
export type Workload =
  | (V1Deployment & { kind: "Deployment"; metadata: V1ObjectMeta })
  | (V1DaemonSet & { kind: "DaemonSet"; metadata: V1ObjectMeta })
  | (V1Job & { kind: "Job"; metadata: V1ObjectMeta });

/** What a workload still lacks, in a few words; undefined once it is rolled out or completed. */
export function lacking(workload: Workload): string | undefined {
  const dying = dyingText(workload.metadata);
  if (dying !== undefined) return dying;
  switch (workload.kind) {
    case "Deployment":
      return isObserved(workload) ? deploymentLacks(workload) : unobserved;
    case "DaemonSet":
      return isObserved(workload) ? daemonSetLacks(workload) : unobserved;
    case "Job":
      return jobLacks(workload);
  }
}

const unobserved = "its controller has not observed it yet";

/** Whether the controller has observed the last change; until then the status is about the previous spec. */
export function isObserved({ kind, metadata, status }: Workload): boolean {
  if (kind === "Job") return true;
  return (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);
}

/** All replicas are of the new version and available, as in `kubectl rollout status`. */
function deploymentLacks({ spec, status }: V1Deployment): string | undefined {
  const wanted = spec?.replicas ?? 1;
  const [updated, available] = [status?.updatedReplicas ?? 0, status?.availableReplicas ?? 0];
  if (updated < wanted) return `${updated} of ${wanted} replicas are updated`;
  const old = (status?.replicas ?? 0) - updated;
  if (old > 0) return `old replicas not yet terminated: ${old}`;
  return available < updated ? `${available} of ${updated} replicas are available` : undefined;
}

function daemonSetLacks({ status }: V1DaemonSet): string | undefined {
  const wanted = status?.desiredNumberScheduled ?? 0;
  const [updated, available] = [status?.updatedNumberScheduled ?? 0, status?.numberAvailable ?? 0];
  if (updated < wanted) return `${updated} of ${wanted} pods are updated`;
  return available < wanted ? `${available} of ${wanted} pods are available` : undefined;
}

function jobLacks({ status }: V1Job): string | undefined {
  if (holding(status?.conditions, "Complete") !== undefined) return undefined;
  return `${status?.active ?? 0} of its pods active, ${status?.failed ?? 0} failed`;
}

/** Whether the current version has been rolled out once, whatever its pods' state is now. */
export function stoodOnce(workload: Workload): boolean {
  if (!isObserved(workload) || dyingText(workload.metadata) !== undefined) return false;
  switch (workload.kind) {
    case "Deployment": {
      const { spec, status } = workload;
      const stood = holding(status?.conditions, "Progressing")?.reason === "NewReplicaSetAvailable";
      return stood && (status?.updatedReplicas ?? 0) >= (spec?.replicas ?? 1);
    }
    case "DaemonSet": {
      const { desiredNumberScheduled = 0, updatedNumberScheduled = 0 } = workload.status ?? {};
      return updatedNumberScheduled >= desiredNumberScheduled;
    }
    case "Job":
      return false;
  }
}

/** Whether any of its pods takes requests. */
export const serves = (workload: Workload): boolean =>
  workload.kind === "Deployment" && (workload.status?.availableReplicas ?? 0) > 0;

/** One entry of `status.conditions`. */
interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
}

/** The condition of a type whose status is True. */
export const holding = <T extends Condition>(
  conditions: readonly T[] | undefined,
  type: string,
): T | undefined =>
  conditions?.find((condition) => condition.type === type && condition.status === "True");

/** Those pods that run a workload's new version and are not terminating. */
export function newPods(
  workload: Workload,
  sets: readonly V1ReplicaSet[],
  pods: readonly V1Pod[],
): V1Pod[] {
  const owner = workload.kind === "Deployment" ? newestSet(workload, sets) : workload;
  return pods.filter(
    ({ metadata }) => metadata?.deletionTimestamp === undefined && isOwnedBy(metadata, owner),
  );
}

const revision = "deployment.kubernetes.io/revision";

/** The ReplicaSet of a Deployment's current template. */
const newestSet = (
  { metadata }: Workload,
  sets: readonly V1ReplicaSet[],
): V1ReplicaSet | undefined =>
  sets.find(
    (set) =>
      isOwnedBy(set.metadata, { metadata }) &&
      set.metadata?.annotations?.[revision] === metadata.annotations?.[revision],
  );

const isOwnedBy = (
  metadata: V1ObjectMeta | undefined,
  owner: { metadata?: V1ObjectMeta } | undefined,
): boolean =>
  owner?.metadata?.uid !== undefined &&
  metadata?.ownerReferences?.some(({ uid }) => uid === owner.metadata?.uid) === true;

/** The compared part of a workload's spec, live or declared. */
export interface ComparedSpec {
  replicas?: number;
  template?: { spec?: { containers: readonly { image?: string }[] } };
}

/** Image and number of pods in a spec. */
export const comparedOf = (spec: ComparedSpec | undefined): ComparedWorkload => ({
  image: spec?.template?.spec?.containers[0]?.image,
  replicas: spec?.replicas,
});

/** `Deployment packet-label`. */
export const titleOf = ({ kind, metadata }: Workload): string => `${kind} ${metadata.name ?? ""}`;
