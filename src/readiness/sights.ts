import type { CoreV1Event, V1ObjectMeta, V1Pod, V1ReplicaSet } from "@kubernetes/client-node";
import { isRefused, type Api } from "../kubernetes/api";
import { collection } from "../kubernetes/collections";
import { lacking, newPods, titleOf, type Workload } from "./workload";

/** A workload to look up. */
export interface Wanted {
  kind: Workload["kind"];
  namespace: string;
  name: string;
  /** Value of its label `app`, which selects it and its pods. */
  app: string;
}

/** The live state of one. */
export interface Sight {
  /** Undefined if it does not exist. */
  live?: Workload | undefined;
  pods: V1Pod[];
  /** Why a Job gets no pod: its controller reports that only as an event. */
  refused?: string | undefined;
}

/** Up to this many projects are listed by name; with more, everything is listed. */
const mostNames = 20;

/** The live state of each, in their order; `closer` also reads the pods of those that are not rolled out. */
export async function sightsOf(
  api: Api,
  wanted: readonly Wanted[],
  closer: boolean,
): Promise<Sight[]> {
  const sights = new Map<Wanted, Sight>();
  const namespaces = new Set(wanted.map(({ namespace }) => namespace));
  const all = [...namespaces].map(async (namespace) => {
    const here = wanted.filter((one) => one.namespace === namespace);
    const kinds = new Set(here.map(({ kind }) => kind));
    const lists = await Promise.all(
      [...kinds].map((kind) => workloadsOf(api, { kind, namespace }, selecting(here))),
    );
    const found = new Map(lists.flat().map((live) => [titleOf(live), live]));
    // Before one counts as gone it is read by name: somebody may have changed its labels.
    const missing = here.filter(({ kind, name }) => !found.has(`${kind} ${name}`));
    for (const live of await Promise.all(missing.map((one) => workloadCalled(api, one)))) {
      if (live !== undefined) found.set(titleOf(live), live);
    }
    const open = here.filter(({ kind, name }) => {
      const live = found.get(`${kind} ${name}`);
      return live !== undefined && lacking(live) !== undefined;
    });
    const pods = closer && open.length > 0 ? await podsOf(api, open) : () => [];
    for (const one of here) {
      const live = found.get(`${one.kind} ${one.name}`);
      const own = live === undefined ? [] : pods(live);
      const waits = closer && live?.kind === "Job" && own.length === 0 && open.includes(one);
      const refused = waits ? await refusalOf(api, live) : undefined;
      sights.set(one, { live, pods: own, refused });
    }
  });
  await Promise.all(all);
  return wanted.map((one) => sights.get(one) ?? { pods: [] });
}

/** The API server's last message about a Job's pod that it refuses. */
async function refusalOf(api: Api, { metadata }: Workload): Promise<string | undefined> {
  try {
    const events = await eventsAbout(api, metadata, "FailedCreate");
    const saidAt = ({ lastTimestamp, eventTime }: CoreV1Event): number =>
      new Date(lastTimestamp ?? eventTime ?? 0).getTime();
    // A repeated event keeps its place in the list.
    return events.toSorted((a, b) => saidAt(a) - saidAt(b)).at(-1)?.message;
  } catch (error) {
    if (isRefused(error)) return undefined;
    throw error;
  }
}

/** Events about an object; all, or those with one reason. */
export async function eventsAbout(
  api: Api,
  { namespace, uid = "" }: Pick<V1ObjectMeta, "namespace" | "uid">,
  reason?: string,
): Promise<CoreV1Event[]> {
  const one = reason === undefined ? "" : `,reason=${reason}`;
  const fieldSelector = `involvedObject.uid=${uid}${one}`;
  return await api.list<CoreV1Event>(collection("api/v1", "Event", namespace), { fieldSelector });
}

async function workloadCalled(
  api: Api,
  { kind, namespace, name }: Wanted,
): Promise<Workload | undefined> {
  const path = `${collection(groupOf(kind), kind, namespace)}/${name}`;
  const found = await api.object(path);
  return found === "absent" || found === "hidden" ? undefined : ({ ...found, kind } as Workload);
}

const groupOf = (kind: Workload["kind"]): string =>
  kind === "Job" ? "apis/batch/v1" : "apis/apps/v1";

/** The workloads of a kind in a namespace. */
export async function workloadsOf(
  api: Api,
  { kind, namespace }: Pick<Wanted, "kind" | "namespace">,
  query: Record<string, string>,
): Promise<Workload[]> {
  const items = await api.list<object>(collection(groupOf(kind), kind, namespace), query);
  return items.map((item) => ({ ...item, kind }) as unknown as Workload);
}

/** The pods of each of these, all in one namespace; none if access to pods is denied: then only the workload's status counts. */
export async function podsOf(
  api: Api,
  wanted: readonly Wanted[],
): Promise<(live: Workload) => V1Pod[]> {
  const [namespace, query] = [wanted[0]?.namespace, selecting(wanted)];
  try {
    const [pods, sets] = await Promise.all([
      api.list<V1Pod>(collection("api/v1", "Pod", namespace), query),
      api.list<V1ReplicaSet>(collection("apis/apps/v1", "ReplicaSet", namespace), query),
    ]);
    return (live) => newPods(live, sets, pods);
  } catch (error) {
    if (isRefused(error)) return () => [];
    throw error;
  }
}

/** Lists by label, or everything if there are many. */
function selecting(wanted: readonly Wanted[]): Record<string, string> {
  const apps = [...new Set(wanted.map(({ app }) => app))];
  return apps.length > mostNames ? {} : { labelSelector: `app in (${apps.join(",")})` };
}
