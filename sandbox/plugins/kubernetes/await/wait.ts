import { PluginError } from "../../rpc/errors";
import type { Client } from "../client";
import { type KubeObject, type Reference, referenceTo, titleOf } from "../objects";
import type { Store } from "../store";
import { Collections } from "./collection";
import { Diagnosis, headline } from "./diagnosis";
import { type Condition, type Rule, type Verdict, waiting } from "./rule";
import { type Sight, type Source, watch } from "./watch";

/** How to wait. */
export interface WaitOptions {
  readonly timeoutMs: number;
  /** Shows how far it is, in the resource's row. */
  readonly status: (text: string) => void;
}

/** An object that exists but is not what it should be. */
export class WaitError extends PluginError {
  public override readonly name = "WaitError";
  constructor(
    /** The last version seen. */
    public readonly live: KubeObject,
    message: string,
  ) {
    super(message);
  }
}

/** How often an object that is not ready yet is looked at more closely. */
const glanceMs = 3_000;

/** Waits for objects, all operations together by one watch per collection. */
export class Waiter {
  private readonly collections: Collections;
  private readonly diagnosis: Diagnosis;

  constructor(
    client: Client,
    private readonly store: Store,
    private readonly cancelled: AbortSignal,
  ) {
    this.collections = new Collections(client);
    this.diagnosis = new Diagnosis(client);
  }

  /** Waits until an object just written is ready and returns it; throws `WaitError`, which says all that helps. */
  public async untilReady(
    written: KubeObject,
    rule: Rule,
    options: WaitOptions,
  ): Promise<KubeObject> {
    let live = written;
    let verdict: Verdict = waiting("not seen yet");
    let glanceAt = Date.now() + glanceMs;
    let trouble = "";
    try {
      const sources = [
        await this.source(referenceTo(written)),
        ...(await this.related(written, rule)),
      ];
      for await (const [own, ...others] of this.sights(sources, options)) {
        const seen = own?.objects[0] ?? own?.gone;
        if (seen === undefined || isOlder(seen, written)) continue;
        live = seen;
        verdict = rule.judge(
          live,
          others.flatMap(({ objects }) => objects),
        );
        if (verdict.state === "ready") return live;
        if (verdict.state === "failed") throw new PluginError(verdict.message);
        if (own?.objects.length === 0) throw new PluginError("it was deleted meanwhile");
        if (Date.now() >= glanceAt) {
          trouble = await this.trouble(live);
          glanceAt = Date.now() + glanceMs;
        }
        options.status(`${verdict.message}${trouble}`);
      }
      return live;
    } catch (error) {
      throw new WaitError(live, await this.explain(live, error, verdict));
    } finally {
      options.status("");
    }
  }

  /** Judges a live object as it is now: undefined if it is ready, else all that helps to find out why. */
  public async judge(live: KubeObject, rule: Rule): Promise<string | undefined> {
    const verdict = rule.judge(live, await this.relatedNow(live, rule));
    return verdict.state === "ready" ? undefined : await this.report(live, verdict.message);
  }

  /** Waits until an object is gone; one of the same name but another uid is another object. Throws `WaitError`. */
  public async untilGone(live: KubeObject, options: WaitOptions): Promise<void> {
    let last = live;
    try {
      const sources = [await this.source(referenceTo(live))];
      for await (const [own] of this.sights(sources, options)) {
        const [object] = own?.objects ?? [];
        if (object?.metadata.uid !== live.metadata.uid || object === undefined) return;
        last = object;
        options.status(blockers(object));
      }
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      throw new WaitError(last, `${titleOf(live)} is still there, ${message}: ${blockers(last)}`);
    } finally {
      options.status("");
    }
  }

  /** The first trouble of the object's pods, for the end of a status line. Throws if it is hopeless. */
  private async trouble(live: KubeObject): Promise<string> {
    const [trouble] = await this.diagnosis.glance(live);
    if (trouble?.hopeless === true) throw new PluginError(headline(trouble));
    return trouble === undefined ? "" : `; ${headline(trouble)}`;
  }

  private async relatedNow(live: KubeObject, rule: Rule): Promise<readonly KubeObject[]> {
    const sources = await this.related(live, rule);
    if (sources.length === 0) return [];
    const options = { timeoutMs: glanceMs, status: () => undefined };
    for await (const related of this.sights(sources, options)) {
      return related.flatMap(({ objects }) => objects);
    }
    return [];
  }

  private sights(
    sources: readonly Source[],
    { timeoutMs, status }: WaitOptions,
  ): AsyncGenerator<readonly Sight[], never> {
    const { cancelled } = this;
    return watch(sources, { timeoutMs, cancelled, tickMs: glanceMs, onTrouble: status });
  }

  private async source(reference: Reference, label?: string): Promise<Source> {
    const path = await this.store.collection(reference);
    if (path === undefined) throw new PluginError(`the cluster has no kind ${reference.kind}`);
    return { collection: this.collections.at(path, label), key: reference.name };
  }

  private async related(object: KubeObject, rule: Rule): Promise<Source[]> {
    const related = rule.related?.(object);
    return related === undefined
      ? []
      : [await this.source({ ...related, name: related.key }, related.label)];
  }

  private async explain(live: KubeObject, error: unknown, verdict: Verdict): Promise<string> {
    const why = error instanceof Error ? error.message : String(error);
    return await this.report(
      live,
      verdict.state === "waiting" ? `${why}: ${verdict.message}` : why,
    );
  }

  private async report(live: KubeObject, message: string): Promise<string> {
    const found = this.cancelled.aborted ? [] : await this.diagnosis.report(live);
    return [`${titleOf(live)} is not ready: ${message}`, ...found].join("\n");
  }
}

/** Is this a version from before our write, or another object of the same name? */
function isOlder(seen: KubeObject, written: KubeObject): boolean {
  const { uid, generation = 0 } = written.metadata;
  return seen.metadata.uid !== uid || (seen.metadata.generation ?? 0) < generation;
}

/** What keeps an object that is being deleted. */
export function blockers(object: KubeObject): string {
  const { conditions = [] } = (object["status"] ?? {}) as { conditions?: readonly Condition[] };
  const remaining = conditions
    .filter(({ type, status }) => /Remaining|Failure/.test(type) && status === "True")
    .map(({ message = "" }) => message);
  if (remaining.length > 0) return remaining.join("; ");
  const finalizers = object.metadata.finalizers ?? [];
  if (finalizers.includes("foregroundDeletion")) return "what it owns has to go first";
  return finalizers.length > 0 ? `held by the finalizers ${finalizers.join(", ")}` : "ending";
}
