import * as pulumi from "@pulumi/pulumi";
import * as settings from "@pulumi/pulumi/runtime/settings";
import { setTimeout as sleep } from "node:timers/promises";
import type { Awaitable, RolloutContract, RolloutRole } from "../../components/shared/contracts";
import { isRefused, type Api } from "../kubernetes/api";
import { Before, type ReadinessScope } from "./before";
import { diagnose } from "./diagnosis";
import { driftText, goneText, type ComparedWorkload } from "./gone";
import { podsOf, sightsOf, type Sight } from "./sights";
import { signsOf, Since, type Sign } from "./signs";
import { headline, troubles } from "./troubles";
import {
  comparedOf,
  lacking,
  stoodOnce,
  titleOf,
  type ComparedSpec,
  type Workload,
} from "./workload";

/** One workload that is waited for. */
interface Wait {
  kind: Workload["kind"];
  namespace: string;
  name: string;
  /** Value of its label `app`, by which it and its pods are asked for. */
  app: string;
  /** When it is given up, whatever it shows; in milliseconds. */
  until: number;
  timeout: number;
  declared: ComparedWorkload;
  role: RolloutRole;
  since: Since;
  /** What was shown last of how far it is. */
  shown: string;
  resource: pulumi.Resource;
  end: (error?: Error) => void;
}

/** Until nothing that was declared is under way: the SDK has it for its own end, untyped. */
const registered = (settings as unknown as { waitForRPCs: () => Promise<void> }).waitForRPCs;

/** Waits for what comes up in a cluster, once there is a way to it. */
export interface Watching extends RolloutContract {
  reach(api: Api | Promise<Api>): void;
}

/** Waits for nothing: for what an update limited to one project declares only because its image is built here. */
export const unwatched: Watching = {
  reach: () => undefined,
  after: (dependsOn) => Promise.resolve([...dependsOn]),
  ready: (resource) => Promise.resolve(resource),
  watch: () => undefined,
  passed: () => true,
  replicas: () => undefined,
};

/** How often is looked, in milliseconds: at the workloads, and at their pods as well. */
const pace = { workloads: 250, pods: 2_000 };
/** Of all time at most a quarter is spent on asking: a list of a thousand is long. */
const rest = 3;

/**
 * Waits until what an update declares serves, and gives it up as soon as it cannot. The plugin only writes (`written` in
 * components/shared/conduct.ts), for this is better done here, where the program goes on with what depends on it: the official
 * plugin waits for its time-out whatever happens and has no logs to show; nobody but the user can stop an update in which it
 * waits, and neither ending the program nor an error in its name does; and what did not come up is looked at again by each
 * update that follows, not only by one that changes it. See docs/releases.md.
 */
export class Rollouts implements Watching {
  private reached: (api: Api | Promise<Api>) => void = () => undefined;
  /** The way to the cluster, once there is one. */
  readonly api = new Promise<Api>((reached) => (this.reached = reached));
  private readonly before: Before;
  private readonly waits = new Set<Wait>();
  private readonly ends: Promise<void>[] = [];
  private readonly failures: Error[] = [];
  private looking = false;
  private within = false;

  constructor(scope: ReadinessScope) {
    this.before = new Before(this.api, scope);
  }

  /** Resolves once it is known what there was before. */
  async known(): Promise<void> {
    await this.before.workloads;
  }

  /** The projects' Deployments before anything was declared; none where nobody can tell. */
  get deployed(): Before["deployed"] {
    return this.before.deployed;
  }

  passed(job: string): boolean {
    return this.before.passed(job);
  }

  replicas(deployment: string): number | undefined {
    return this.before.replicas(deployment);
  }

  reach(api: Api | Promise<Api>): void {
    this.reached(api);
    void this.api.then(() => (this.within = true));
  }

  async after(
    dependsOn: readonly pulumi.Input<pulumi.Resource>[],
  ): Promise<pulumi.Input<pulumi.Resource>[]> {
    if (!pulumi.runtime.isDryRun()) await this.before.workloads;
    return [...dependsOn];
  }

  ready<T extends Awaitable>(resource: T, timeout: number, role: RolloutRole = {}): Promise<T> {
    if (pulumi.runtime.isDryRun()) return Promise.resolve(resource);
    return new Promise((done, fail) => {
      // A create that a limited update leaves out gets no uid; nor does one that has failed get this far.
      pulumi
        .all([resource.kind, resource.metadata, resource.spec as pulumi.Output<ComparedSpec>])
        .apply(([kind, { uid, name, namespace, labels, annotations }, spec]) => {
          if (((uid as string | undefined) ?? "") === "") {
            done(resource);
            return;
          }
          const ended = new Promise<void>((end) => {
            this.waits.add({
              kind,
              namespace,
              name,
              app: labels["app"] ?? name,
              resource,
              timeout,
              role,
              declared: scaled(annotations) ? { image: comparedOf(spec).image } : comparedOf(spec),
              until: Date.now() + timeout * 1000,
              since: new Since(),
              shown: "",
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

  watch(resource: Awaitable, timeout: number): void {
    // Not left to the SDK: of a rejection that nobody handles it shows the stack trace.
    this.ready(resource, timeout).catch((error: unknown) => {
      this.failures.push(error instanceof Error ? error : new Error(String(error)));
    });
  }

  /** Resolves when nothing is waited for any more; what has failed is told by whoever was waiting, or here. */
  async settled(): Promise<void> {
    // What could not even be registered is none of ours; of all else we have heard a turn later.
    await registered();
    await new Promise(setImmediate);
    if (pulumi.runtime.isDryRun()) await this.warn();
    else await Promise.all(this.ends);
    await new Promise(setImmediate);
    const [first, ...more] = this.failures;
    for (const error of more)
      if (pulumi.ResourceError.isInstance(error))
        void pulumi.log.error(error.message, error.resource);
    if (first !== undefined) throw first;
  }

  /** In a preview: what an update before this one has left, and an update would wait for, where there is a cluster already. */
  private async warn(): Promise<void> {
    if (!this.within) return;
    for (const workload of (await this.before.workloads).values()) {
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
        const sights = await sightsOf(await this.api, waits, closer);
        await Promise.all(waits.map((wait, index) => this.evaluate(wait, sights[index])));
      } catch (error) {
        this.troubled(waits, error);
      }
      const pause = Math.max(pace.workloads, (Date.now() - started) * rest);
      if (this.waits.size > 0) await sleep(pause);
    }
    this.looking = false;
  }

  private async evaluate(wait: Wait, { live, pods, refused }: Sight = { pods: [] }): Promise<void> {
    const gone: Sign = { name: "Gone", text: goneText(pulumi.getStack()) };
    const other = live && driftText(pulumi.getStack(), wait.declared, comparedOf(live.spec));
    const lacks = live === undefined ? gone.text : (other ?? lacking(live));
    if (lacks === undefined) {
      this.end(wait);
      return;
    }
    if (live === undefined && wait.role.passed === true) {
      void pulumi.log.warn(
        `${wait.kind} ${wait.name} is gone, cleared away since it passed; pulumi up --refresh --stack ${pulumi.getStack()} asks again`,
      );
      this.end(wait);
      return;
    }
    if (
      live !== undefined &&
      other === undefined &&
      (await this.before.isEarlier(live, wait.role))
    ) {
      void pulumi.log.warn(`${titleOf(live)}: ${lacks}; this update has not changed it`);
      this.end(wait);
      return;
    }
    const now = Date.now();
    const changed: Sign[] = other === undefined ? [] : [{ name: "Changed", text: other }];
    const signs = live === undefined ? [gone] : [...changed, ...signsOf(live, pods, refused)];
    const sign = wait.since.sure(signs, now / 1000);
    if (sign === undefined && now < wait.until) {
      const [trouble] = pods.flatMap((pod) => troubles(pod));
      if (pods.length > 0 || wait.shown === "")
        show(wait, trouble === undefined ? lacks : `${lacks}; ${headline(trouble)}`);
      return;
    }
    const why = sign?.text ?? `not after ${wait.timeout} s`;
    const lines = live === undefined ? [] : await this.diagnosis(live, wait);
    const words = why === lacks ? why : `${why}; ${lacks}`;
    this.end(wait, [`${wait.kind} ${wait.name} is not ready: ${words}`, ...lines].join("\n"));
  }

  private async diagnosis(live: Workload, wait: Wait): Promise<string[]> {
    const api = await this.api;
    const pods = await podsOf(api, [wait]).catch(() => () => []);
    return await diagnose(api, live, pods(live));
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

/** Whether an autoscaler has the number of pods (`App.deployment`). */
const scaled = (annotations: Readonly<Record<string, string>> | undefined): boolean =>
  annotations?.["slipway/scaled"] === "true";

/** Shows in the resource's row how far it is. */
function show(wait: Wait, text: string): void {
  if (wait.shown === text) return;
  wait.shown = text;
  void pulumi.log.info(text, wait.resource, undefined, true);
}
