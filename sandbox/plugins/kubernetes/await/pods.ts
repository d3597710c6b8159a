import type { V1ContainerStatus, V1LabelSelector, V1Pod } from "@kubernetes/client-node";
import type { KubeObject } from "../objects";

/** What is wrong with one container of a pod. */
export interface Trouble {
  readonly pod: string;
  /** Absent when it is the pod as a whole, e.g. one that no node takes. */
  readonly container?: string;
  /** One line: reason and the kubelet's words. */
  readonly summary: string;
  /** Whose log tells more: the container's own, that of its last life, or none because it never ran. */
  readonly log: "current" | "previous" | "none";
  /** No retry can heal it. */
  readonly hopeless: boolean;
}

/** Waiting reasons that only a change of the pod's spec can heal. */
const hopelessReasons = new Set(["InvalidImageName"]);

/** What keeps a pod from being ready; nothing if it is ready, is ending, or has done its work. */
export function troubles(object: KubeObject): Trouble[] {
  const { metadata, spec, status } = object as unknown as V1Pod;
  const isReady = status?.conditions?.some(
    ({ type, status: value }) => type === "Ready" && value === "True",
  );
  if (isReady === true || metadata?.deletionTimestamp !== undefined) return [];
  if (status?.phase === "Succeeded") return [];
  const pod = object.metadata.name;
  const unscheduled = status?.conditions?.find(
    ({ type, status: value }) => type === "PodScheduled" && value === "False",
  );
  if (unscheduled !== undefined) {
    const summary = `${unscheduled.reason ?? "Unschedulable"}: ${unscheduled.message ?? ""}`;
    return [{ pod, summary, log: "none", hopeless: false }];
  }
  const containers = [
    ...(status?.initContainerStatuses ?? []),
    ...(status?.containerStatuses ?? []),
  ];
  const found = containers.flatMap((container) => {
    const trouble = troubleOf(container, spec?.restartPolicy === "Always");
    return trouble === undefined ? [] : [{ pod, container: container.name, ...trouble }];
  });
  if (found.length > 0 || status?.phase !== "Failed") return found;
  return [
    { pod, summary: status.message ?? status.reason ?? "failed", log: "current", hopeless: false },
  ];
}

type ContainerTrouble = Pick<Trouble, "summary" | "log" | "hopeless">;

function troubleOf(status: V1ContainerStatus, serves: boolean): ContainerTrouble | undefined {
  const waiting = status.state?.waiting;
  const terminated = status.state?.terminated;
  const running = status.state?.running;
  const last = status.lastState?.terminated ?? terminated;
  const ended =
    last === undefined ? "" : `, last exit code ${last.exitCode}${because(last.reason)}`;
  const restarts = status.restartCount > 0 ? `, ${status.restartCount} restarts` : "";
  if (waiting !== undefined) {
    const reason = waiting.reason ?? "waiting";
    // What every container goes through is no trouble.
    if (last === undefined && ["ContainerCreating", "PodInitializing"].includes(reason)) return;
    const words = waiting.message === undefined ? "" : `: ${waiting.message}`;
    return {
      summary: `${reason}${words}${ended}${restarts}`,
      log: last === undefined ? "none" : "previous",
      hopeless: hopelessReasons.has(reason),
    };
  }
  if (terminated !== undefined && terminated.exitCode !== 0) {
    return { summary: `terminated${ended}${restarts}`, log: "current", hopeless: false };
  }
  if (running !== undefined && !status.ready && serves) {
    return { summary: `running but not ready${ended}${restarts}`, log: "current", hopeless: false };
  }
  return undefined;
}

const because = (reason: string | undefined): string =>
  reason === undefined || reason === "Error" ? "" : ` (${reason})`;

/** Is this a pod of the workload? By its labels, as the workload's controller tells. */
export function isPodOf(workload: KubeObject, pod: KubeObject): boolean {
  if (workload.kind === "Pod") return pod.metadata.uid === workload.metadata.uid;
  const { selector } = (workload["spec"] ?? {}) as { selector?: V1LabelSelector };
  const labels = pod.metadata.labels ?? {};
  const matchLabels = selector?.matchLabels;
  const matchExpressions = selector?.matchExpressions;
  // A Service's selector is a plain map: its pods are somebody else's.
  if (matchLabels === undefined && matchExpressions === undefined) return false;
  return (
    Object.entries(matchLabels ?? {}).every(([key, value]) => labels[key] === value) &&
    (matchExpressions ?? []).every(({ key, operator, values = [] }) => {
      const value = labels[key];
      if (operator === "Exists") return value !== undefined;
      if (operator === "DoesNotExist") return value === undefined;
      const isIn = value !== undefined && values.includes(value);
      return operator === "In" ? isIn : !isIn;
    })
  );
}
