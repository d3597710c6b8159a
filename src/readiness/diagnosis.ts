import type { V1ObjectMeta, V1Pod } from "@kubernetes/client-node";
import type { Api } from "../kubernetes/api";
import { hintsFor } from "./hints";
import { eventsAbout } from "./sights";
import { describeEvents, headline, troubles, type Trouble } from "./troubles";
import { holding, type Workload } from "./workload";

/** Pods in one error: more would only repeat the same. */
const mostPods = 3;
/** Lines of a container's log. */
const logLines = 30;

/**
 * Everything that explains why a workload is not rolled out, ready to print: warning events, its pods' states and last log lines,
 * probe results, and hints. Unreadable parts are left out.
 */
export async function diagnose(
  api: Api,
  workload: Workload,
  pods: readonly V1Pod[],
): Promise<string[]> {
  const troubled = pods.filter((pod) => troubles(pod, true).length > 0);
  const shown = troubled.slice(0, mostPods);
  const blocks = await Promise.all(
    shown.map(async (pod) => ({ pod, lines: await podReport(api, pod) })),
  );
  const more = troubled.length - shown.length;
  const report = eventsOnce([
    ...refusedPods(workload),
    ...(await eventsOf(api, workload.metadata)),
    ...distinct(blocks),
  ]);
  return [
    ...report,
    ...hintsFor(report),
    ...(more > 0 ? [`and ${more} more pods that are not ready`] : []),
  ];
}

/** Why no pod of it is created: the message of the API server or of an admission webhook. */
function refusedPods({ kind, status }: Workload): string[] {
  const conditions = kind === "Deployment" ? status?.conditions : undefined;
  const refused = holding(conditions, "ReplicaFailure");
  return refused === undefined ? [] : [`${refused.reason ?? "refused"}: ${refused.message ?? ""}`];
}

/** Reports of pods; of reports that differ only in the pod's name, uid and address one is kept, with the number of the others. */
function distinct(blocks: readonly { pod: V1Pod; lines: readonly string[] }[]): string[] {
  const alike = new Map<string, { lines: readonly string[]; others: number }>();
  for (const { pod, lines } of blocks) {
    const own = [pod.metadata?.name, pod.metadata?.uid, pod.status?.podIP].filter(Boolean);
    const key = own.reduce<string>(
      (text, name = "") => text.replaceAll(name, "…"),
      lines.join("\n"),
    );
    const known = alike.get(key);
    if (known === undefined) alike.set(key, { lines, others: 0 });
    else known.others++;
  }
  return [...alike.values()].flatMap(({ lines, others }) =>
    others === 0 ? lines : [...lines, `the same of ${others} other pod${others === 1 ? "" : "s"}`],
  );
}

/** Lines without events already listed above, whatever their count. */
function eventsOnce(lines: readonly string[]): string[] {
  const seen = new Set<string>();
  return lines.filter((line) => {
    if (!line.startsWith("event ")) return true;
    const text = line.replace(/ \(\d+ times\)$/, "");
    if (seen.has(text)) return false;
    seen.add(text);
    return true;
  });
}

async function podReport(api: Api, pod: V1Pod): Promise<string[]> {
  const blocks = await Promise.all(
    troubles(pod, true).map(async (trouble) => [
      headline(trouble),
      ...(await logOf(api, pod, trouble)),
    ]),
  );
  return [...blocks.flat(), ...(await eventsOf(api, pod.metadata))];
}

async function eventsOf(api: Api, metadata: V1ObjectMeta | undefined): Promise<string[]> {
  try {
    return describeEvents(await eventsAbout(api, metadata ?? {}));
  } catch {
    return [];
  }
}

async function logOf(api: Api, pod: V1Pod, { container, log }: Trouble): Promise<string[]> {
  if (container === undefined || log === "none") return [];
  const { metadata } = pod;
  const path = `/api/v1/namespaces/${metadata?.namespace ?? ""}/pods/${metadata?.name ?? ""}/log`;
  const read = (previous: boolean): Promise<string> =>
    api.text(path, { container, tailLines: String(logLines), previous: String(previous) });
  // The previous container's log is gone after the runtime's clean-up; the current one may help.
  const text = await read(log === "previous").catch(() => read(false).catch(() => ""));
  const lines = text.trimEnd().split("\n");
  if (text.trim() === "") return [];
  const count = lines.length === 1 ? "last line" : `last ${lines.length} lines`;
  return [`${count} of its log:`, ...lines.map((line) => `  | ${line}`)];
}
