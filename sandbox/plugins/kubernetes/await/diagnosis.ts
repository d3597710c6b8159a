import type { CoreV1Event } from "@kubernetes/client-node";
import type { Client } from "../client";
import type { KubeObject } from "../objects";
import { isPodOf, type Trouble, troubles } from "./pods";

/** Pods told of in one error: more would only repeat the same. */
const mostPods = 3;
/** Lines of a container's log. */
const logLines = 30;
/** Events of one object. */
const mostEvents = 5;
/** Age up to which one list of a namespace's pods serves every object that is looked into. */
const listAgeMs = 2_000;

/** Finds out what keeps an object from being ready. Whatever cannot be read is left out. */
export class Diagnosis {
  private readonly podLists = new Map<string, { at: number; pods: Promise<KubeObject[]> }>();

  constructor(private readonly client: Client) {}

  /** What is wrong with the object's pods right now. */
  public async glance(object: KubeObject): Promise<Trouble[]> {
    return (await this.pods(object)).flatMap(troubles);
  }

  /** All that helps: containers' states, warning events and the last log lines, ready to print. */
  public async report(object: KubeObject): Promise<string[]> {
    const pods = (await this.pods(object)).filter((pod) => troubles(pod).length > 0);
    const shown = pods.slice(0, mostPods);
    const blocks = await Promise.all(shown.map((pod) => this.podReport(pod)));
    const more = pods.length - shown.length;
    return [
      ...(await this.events(object)),
      ...blocks.flat(),
      ...(more > 0 ? [`and ${more} more pods that are not ready`] : []),
    ];
  }

  private async podReport(pod: KubeObject): Promise<string[]> {
    const blocks = await Promise.all(
      troubles(pod).map(async (trouble) => [headline(trouble), ...(await this.log(pod, trouble))]),
    );
    return [...blocks.flat(), ...(await this.events(pod))];
  }

  private async pods(object: KubeObject): Promise<KubeObject[]> {
    const path = `${base(object)}/pods`;
    let list = this.podLists.get(path);
    if (list === undefined || Date.now() - list.at > listAgeMs) {
      list = { at: Date.now(), pods: this.items(path) };
      this.podLists.set(path, list);
    }
    return (await list.pods).filter((pod) => isPodOf(object, pod));
  }

  private async events(object: KubeObject): Promise<string[]> {
    const fieldSelector = `involvedObject.uid=${object.metadata.uid ?? ""}`;
    const events = await this.items(`${base(object)}/events`, { fieldSelector });
    return describeEvents(events as unknown as CoreV1Event[]);
  }

  private async log(pod: KubeObject, { container, log }: Trouble): Promise<string[]> {
    if (container === undefined || log === "none") return [];
    const read = async (previous: boolean): Promise<string> =>
      await this.client.text({
        path: `${base(pod)}/pods/${pod.metadata.name}/log`,
        query: { container, tailLines: String(logLines), previous: previous ? "true" : undefined },
      });
    // The log of the last life is gone when the runtime has cleaned up; the current one may then tell.
    const text = await read(log === "previous").catch(() => read(false).catch(() => ""));
    const lines = text.trimEnd().split("\n");
    if (text.trim() === "") return [];
    return [`last ${lines.length} lines of its log:`, ...lines.map((line) => `  | ${line}`)];
  }

  private async items(path: string, query?: Record<string, string>): Promise<KubeObject[]> {
    try {
      const { items } = (await this.client.send({ path, query })) as { items?: unknown };
      return (items ?? []) as KubeObject[];
    } catch {
      return [];
    }
  }
}

/** Warnings, the latest first, each message once. */
export function describeEvents(events: readonly CoreV1Event[]): string[] {
  const warnings = events
    .filter(({ type }) => type === "Warning")
    .map((event) => ({
      text: `event ${event.reason ?? "Warning"}: ${(event.message ?? "").trim()}`,
      times: event.series?.count ?? event.count ?? 1,
      at: String(event.series?.lastObservedTime ?? event.lastTimestamp ?? event.eventTime ?? ""),
    }))
    .sort((a, b) => (a.at < b.at ? 1 : -1));
  const distinct = new Map(warnings.reverse().map((warning) => [warning.text, warning]));
  return [...distinct.values()]
    .reverse()
    .slice(0, mostEvents)
    .map(({ text, times }) => (times > 1 ? `${text} (${times} times)` : text));
}

/** A trouble in one line. */
export const headline = ({ pod, container, summary }: Trouble): string =>
  container === undefined
    ? `pod ${pod}: ${summary}`
    : `pod ${pod}, container ${container}: ${summary}`;

const base = ({ metadata }: KubeObject): string =>
  `/api/v1/namespaces/${metadata.namespace ?? "default"}`;
