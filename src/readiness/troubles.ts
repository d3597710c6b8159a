import type { CoreV1Event, V1ContainerStatus, V1Pod } from "@kubernetes/client-node";

/** What is wrong with one container of a pod. */
export interface Trouble {
  pod: string;
  /** Absent if it concerns the whole pod, e.g. an unschedulable one. */
  container?: string;
  /** One line: reason and the kubelet's message. */
  summary: string;
  /** The log to show: the container's own, that of its previous run, or none because it never ran. */
  log: "current" | "previous" | "none";
}

/**
 * What keeps a pod from being ready; nothing if it is ready, terminating or completed. States that every pod passes while
 * starting are no trouble until it is `late`.
 */
export function troubles({ metadata, spec, status }: V1Pod, late = false): Trouble[] {
  const condition = (name: string): string | undefined =>
    status?.conditions?.find(({ type }) => type === name)?.status;
  if (condition("Ready") === "True" || metadata?.deletionTimestamp !== undefined) return [];
  if (status?.phase === "Succeeded") return [];
  const pod = metadata?.name ?? "";
  if (condition("PodScheduled") === "False") {
    const { reason = "Unschedulable", message = "" } =
      status?.conditions?.find(({ type }) => type === "PodScheduled") ?? {};
    return [{ pod, summary: `${reason}: ${message}`, log: "none" }];
  }
  const containers = [
    ...(status?.initContainerStatuses ?? []),
    ...(status?.containerStatuses ?? []),
  ];
  const found = containers.flatMap((container) => {
    const trouble = troubleOf(container, spec?.restartPolicy === "Always", late);
    return trouble === undefined ? [] : [{ pod, container: container.name, ...trouble }];
  });
  if (found.length > 0) return found;
  if (status?.phase === "Failed")
    return [{ pod, summary: status.message ?? status.reason ?? "failed", log: "current" }];
  if (!late) return [];
  const where =
    condition("PodScheduled") === "True"
      ? "not started by its node yet"
      : "no node has been chosen for it yet";
  return [{ pod, summary: `${status?.phase ?? "Pending"}, ${where}`, log: "none" }];
}

function troubleOf(
  status: V1ContainerStatus,
  serves: boolean,
  late: boolean,
): Pick<Trouble, "summary" | "log"> | undefined {
  const { state } = status;
  const [waiting, terminated, running] = [state?.waiting, state?.terminated, state?.running];
  const last = status.lastState?.terminated ?? terminated;
  const because = ["Error", undefined].includes(last?.reason) ? "" : ` (${last?.reason ?? ""})`;
  const ended = last === undefined ? "" : `, last exit code ${last.exitCode}${because}`;
  const restarts = status.restartCount > 0 ? `, ${status.restartCount} restarts` : "";
  if (waiting !== undefined) {
    const reason = waiting.reason ?? "waiting";
    if (!late && last === undefined && ["ContainerCreating", "PodInitializing"].includes(reason))
      return;
    const words = waiting.message === undefined ? "" : `: ${waiting.message}`;
    const summary = `${reason}${words}${ended}${restarts}`;
    return { summary, log: last === undefined ? "none" : "previous" };
  }
  if (terminated !== undefined && terminated.exitCode !== 0) {
    return { summary: `terminated${ended}${restarts}`, log: "current" };
  }
  if (running !== undefined && !status.ready && serves) {
    return { summary: `running but not ready${ended}${restarts}`, log: "current" };
  }
  return undefined;
}

/** A trouble in one line. */
export const headline = ({ pod, container, summary }: Trouble): string =>
  container === undefined
    ? `pod ${pod}: ${summary}`
    : `pod ${pod}, container ${container}: ${summary}`;

/** Events of one object that are shown. */
const mostEvents = 5;

/** Warnings, the latest first, each message once; if there are none, the last events. A pod's include probe results. */
export function describeEvents(events: readonly CoreV1Event[]): string[] {
  const ofType = (warns: boolean) => events.filter(({ type }) => (type === "Warning") === warns);
  const warnings = describe(ofType(true));
  return warnings.length > 0 ? warnings : describe(ofType(false)).slice(0, 1);
}

function describe(events: readonly CoreV1Event[]): string[] {
  const texts = events
    .map((event) => ({
      text: `event ${event.reason ?? event.type ?? "Normal"}: ${(event.message ?? "").trim()}`,
      times: event.series?.count ?? event.count ?? 1,
      at: String(event.series?.lastObservedTime ?? event.lastTimestamp ?? event.eventTime ?? ""),
    }))
    .sort((a, b) => (a.at < b.at ? -1 : 1));
  const distinct = new Map(texts.map((one) => [one.text, one]));
  return [...distinct.values()]
    .reverse()
    .slice(0, mostEvents)
    .map(({ text, times }) => (times > 1 ? `${text} (${times} times)` : text));
}
