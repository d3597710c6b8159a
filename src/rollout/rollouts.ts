import type { V1Deployment, V1Pod, V1ReplicaSet } from "@kubernetes/client-node";
import * as pulumi from "@pulumi/pulumi";
import * as settings from "@pulumi/pulumi/runtime/settings";
import { setTimeout as sleep } from "node:timers/promises";
import type { Awaitable, RolloutContract } from "../../components/shared/contracts";
import { Refusal, type Api } from "./api";
import { diagnose } from "./diagnosis";
import { signsOf, Since, type Sign } from "./signs";
import { headline, troubles } from "./troubles";
import { lacking, newPods, stoodOnce, titleOf, type Workload } from "./workload";

/** One workload that is waited for. */
interface Wait {
  kind: Workload["kind"];
  name: string;
  /** Value of its label `app`, by which it and its pods are asked for. */
  app: string;
  /** When it is given up, whatever it shows; in milliseconds. */
  until: number;
  patience: number;
  since: Since;
  /** What was shown last of how far it is. */
  shown: string;
  resource: pulumi.Resource;
  end: (error?: Error) => void;
}

/** What is seen of a workload. */
interface Sight {
  live?: Workload | undefined;
  pods: V1Pod[];
}

/** Until nothing that was declared is under way: the SDK has it for its own end, untyped. */
const registered = (settings as unknown as { waitForRPCs: () => Promise<void> }).waitForRPCs;

/** Waits for what comes up in a cluster, once there is a way to it. */
export interface Watching extends RolloutContract {
  reach(api: Promise<Api>): void;
}

/** Waits for nothing: for what an update limited to one project declares only because its image is built here. */
export const unwatched: Watching = {
  reach: () => undefined,
  after: (dependsOn) => Promise.resolve([...dependsOn]),
  ready: (resource) => Promise.resolve(resource),
};

const collections = { Deployment: "deployments", DaemonSet: "daemonsets", Job: "jobs" } as const;

/** How often is looked, in milliseconds: at the workloads, and at their pods as well. */
const pace = { workloads: 250, pods: 2_000 };
/** Of all time at most a quarter is spent on asking: a list of a thousand is long. */
const rest = 3;
/** So many projects are asked for by name; of more, everything is. */
const mostNames = 20;

/**
 * Waits until what an update declares serves, and gives it up as soon as it cannot. The plugin only writes (`written` in
 * components/shared/conduct.ts), for this is better done here, where the program goes on with what depends on it: the official
 * plugin waits for its time-out whatever happens and has no logs to show; nobody but the user can stop an update in which it
 * waits, and neither ending the program nor an error in its name does; and what did not come up is looked at again by each
 * update that follows, not only by one that changes it. See docs/releases.md.
 */
export class Rollouts implements Watching {
  private reached: (api: Promise<Api>) => void = () => undefined;
  private readonly api = new Promise<Api>((reached) => (this.reached = reached));
  /** Each Deployment before anything was declared: what has another generation then is changed. */
  private readonly before: Promise<Map<string, V1Deployment>>;
  private readonly waits = new Set<Wait>();
  private readonly ends: Promise<void>[] = [];
  private looking = false;
  private within = false;

  /** @param app the one project that an update is limited to */
  constructor(
    private readonly namespace: string,
    private readonly app?: string,
  ) {
    // Where that cannot be told everything counts as changed; whoever then waits hears why.
    this.before = this.deploymentsNow().catch(() => new Map<string, V1Deployment>());
  }

  reach(api: Promise<Api>): void {
    this.reached(api);
    void api.then(() => (this.within = true));
  }

  async after(
    dependsOn: readonly pulumi.Input<pulumi.Resource>[],
  ): Promise<pulumi.Input<pulumi.Resource>[]> {
    if (!pulumi.runtime.isDryRun()) await this.before;
    return [...dependsOn];
  }

  ready<T extends Awaitable>(resource: T, patience: number): Promise<T> {
    if (pulumi.runtime.isDryRun()) return Promise.resolve(resource);
    return new Promise((done, fail) => {
      // A create that a limited update leaves out gets no uid; nor does one that has failed get this far.
      pulumi.all([resource.kind, resource.metadata]).apply(([kind, { uid, name, labels }]) => {
        if (((uid as string | undefined) ?? "") === "") {
          done(resource);
          return;
        }
        const ended = new Promise<void>((end) => {
          this.waits.add({
            ...{ kind, name, app: labels["app"] ?? name, resource, patience },
            ...{ until: Date.now() + patience * 1000, since: new Since(), shown: "" },
            end: (error) => {
              if (error === undefined) done(resource);
              else fail(error);
              end();
            },
          });
        });
        this.ends.push(ended);
        void this.look();
      });
    });
  }

  /** Resolves when nothing is waited for any more; what has failed is told by whoever was waiting. */
  async settled(): Promise<void> {
    // What could not even be registered is none of ours; of all else we have heard a turn later.
    await registered();
    await new Promise(setImmediate);
    if (pulumi.runtime.isDryRun()) await this.warn();
    else await Promise.all(this.ends);
  }

  /** In a preview: what an update before this one has left, and an update would wait for, where there is a cluster already. */
  private async warn(): Promise<void> {
    if (!this.within) return;
    for (const live of (await this.before).values()) {
      const workload = asWorkload("Deployment", live);
      const lacks = stoodOnce(workload) ? undefined : lacking(workload);
      if (lacks === undefined) continue;
      void pulumi.log.warn(
        `${titleOf(workload)} is not rolled out: ${lacks}; an update waits for it again`,
      );
    }
  }

  private async look(): Promise<void> {
    if (this.looking) return;
    this.looking = true;
    for (let podsAt = 0; this.waits.size > 0;) {
      const [waits, started] = [[...this.waits], Date.now()];
      try {
        const closer = started >= podsAt;
        if (closer) podsAt = started + pace.pods;
        const sights = await this.sights(waits, closer);
        await Promise.all(waits.map((wait, index) => this.judge(wait, sights[index])));
      } catch (error) {
        this.troubled(waits, error);
      }
      const pause = Math.max(pace.workloads, (Date.now() - started) * rest);
      if (this.waits.size > 0) await sleep(pause);
    }
    this.looking = false;
  }

  /** What there is to see of each, its pods only when it is looked at closer and not there yet. */
  private async sights(waits: readonly Wait[], closer: boolean): Promise<Sight[]> {
    const kinds = new Set(waits.map(({ kind }) => kind));
    const lists = await Promise.all([...kinds].map((kind) => this.workloads(kind, waits)));
    const all = new Map(lists.flat().map((live) => [titleOf(live), live]));
    const found = waits.map(({ kind, name }) => all.get(`${kind} ${name}`));
    const open = waits.filter((_, index) => {
      const live = found[index];
      return live !== undefined && lacking(live) !== undefined;
    });
    const pods = closer && open.length > 0 ? await this.pods(open) : () => [];
    return found.map((live) => ({ live, pods: live === undefined ? [] : pods(live) }));
  }

  private async workloads(kind: Workload["kind"], waits: readonly Wait[]): Promise<Workload[]> {
    const group = kind === "Job" ? "batch" : "apps";
    const path = `/apis/${group}/v1/namespaces/${this.namespace}/${collections[kind]}`;
    const items = await (await this.api).list<object>(path, selecting(waits));
    return items.map((item) => asWorkload(kind, item));
  }

  /** The pods of each; none for who may not see pods, and has to go by what their workload says. */
  private async pods(waits: readonly Wait[]): Promise<(live: Workload) => V1Pod[]> {
    const [api, query] = [await this.api, selecting(waits)];
    try {
      const [pods, sets] = await Promise.all([
        api.list<V1Pod>(`/api/v1/namespaces/${this.namespace}/pods`, query),
        api.list<V1ReplicaSet>(`/apis/apps/v1/namespaces/${this.namespace}/replicasets`, query),
      ]);
      return (live) => newPods(live, sets, pods);
    } catch (error) {
      if (isRefused(error)) return () => [];
      throw error;
    }
  }

  private async judge(wait: Wait, { live, pods }: Sight = { pods: [] }): Promise<void> {
    const gone: Sign = { name: "Gone", text: "the cluster has none; pulumi up --refresh makes it" };
    const lacks = live === undefined ? gone.text : lacking(live);
    if (lacks === undefined) {
      this.end(wait);
      return;
    }
    if (live !== undefined && stoodOnce(live) && (await this.isUnchanged(live))) {
      void pulumi.log.warn(`${titleOf(live)}: ${lacks}; this update has not changed it`);
      this.end(wait);
      return;
    }
    const now = Date.now();
    const sign = wait.since.sure(live === undefined ? [gone] : signsOf(live, pods), now / 1000);
    if (sign === undefined && now < wait.until) {
      const [trouble] = pods.flatMap(troubles);
      if (pods.length > 0 || wait.shown === "")
        show(wait, trouble === undefined ? lacks : `${lacks}; ${headline(trouble)}`);
      return;
    }
    const why = sign?.text ?? `not after ${wait.patience} s`;
    const lines = live === undefined ? [] : await this.diagnosis(live, wait);
    const words = why === lacks ? why : `${why}; ${lacks}`;
    this.end(wait, [`${wait.kind} ${wait.name} is not ready: ${words}`, ...lines].join("\n"));
  }

  private async diagnosis(live: Workload, wait: Wait): Promise<string[]> {
    const pods = await this.pods([wait]).catch(() => () => []);
    return await diagnose(await this.api, live, pods(live));
  }

  private async isUnchanged({ metadata }: Workload): Promise<boolean> {
    const earlier = (await this.before).get(metadata.name ?? "");
    return (
      earlier?.metadata?.uid === metadata.uid &&
      earlier?.metadata?.generation === metadata.generation
    );
  }

  private async deploymentsNow(): Promise<Map<string, V1Deployment>> {
    const path = `/apis/apps/v1/namespaces/${this.namespace}/deployments`;
    const labels = ["app.kubernetes.io/managed-by=slipway", this.app && `app=${this.app}`];
    const labelSelector = labels.filter((one) => one !== undefined).join(",");
    const items = await (await this.api).list<V1Deployment>(path, { labelSelector });
    return new Map(items.map((item) => [item.metadata?.name ?? "", item]));
  }

  /** The API server could not be asked: it may be the next time, unless it knows us and says no. */
  private troubled(waits: readonly Wait[], error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    for (const wait of waits) {
      if (isRefused(error) || Date.now() >= wait.until)
        this.end(wait, `whether ${wait.kind} ${wait.name} is ready cannot be seen: ${message}`);
      else show(wait, message);
    }
  }

  private end(wait: Wait, failure?: string): void {
    this.waits.delete(wait);
    wait.end(
      failure === undefined ? undefined : new pulumi.ResourceError(failure, wait.resource, true),
    );
  }
}

const asWorkload = (kind: Workload["kind"], item: object): Workload =>
  ({ ...item, kind }) as unknown as Workload;

const isRefused = (error: unknown): boolean =>
  error instanceof Refusal && [401, 403].includes(error.status);

/** Asks for what belongs to these, or where they are many for everything. */
function selecting(waits: readonly Wait[]): Record<string, string> {
  const apps = [...new Set(waits.map(({ app }) => app))];
  return apps.length > mostNames ? {} : { labelSelector: `app in (${apps.join(",")})` };
}

/** Shows in the resource's row how far it is. */
function show(wait: Wait, text: string): void {
  if (wait.shown === text) return;
  wait.shown = text;
  void pulumi.log.info(text, wait.resource, undefined, true);
}
