import { setTimeout as sleep } from "node:timers/promises";
import { ApiError } from "../api-error";
import type { Client } from "../client";
import type { KubeObject } from "../objects";

/** Somebody who waits for objects of a collection. */
export interface Listener {
  /** All objects under the key, now and after each change; `gone` is the last version of one just deleted. */
  changed(objects: readonly KubeObject[], gone?: KubeObject): void;
  /** The API server cannot be watched at the moment; it will be tried again. */
  troubled(error: unknown): void;
}

/** Tells which objects belong together: by default the name, so that each is alone. */
export type Key = (object: KubeObject) => string | undefined;

interface WatchEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  readonly object: KubeObject;
}
interface List {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly resourceVersion: string };
  readonly items?: readonly KubeObject[];
}

/** Pause before a watch that ended is taken up again. */
const pauseMs = 500;

/**
 * All objects of a kind in a namespace, kept current by one list and one watch however many operations wait for some of
 * them. The watch runs while somebody listens.
 */
export class Collection {
  private readonly objects = new Map<string, Map<string, KubeObject>>();
  private readonly listeners = new Map<string, Set<Listener>>();
  private watching: AbortController | undefined;
  private listed = false;

  constructor(
    private readonly client: Client,
    private readonly path: string,
    private readonly key: Key,
  ) {}

  /** Tells the listener what is under the key, as soon as that is known, and of every change; returns the way out. */
  public listen(key: string, listener: Listener): () => void {
    const listeners = this.listeners.get(key) ?? new Set();
    this.listeners.set(key, listeners.add(listener));
    if (this.listed) listener.changed(this.under(key));
    this.watching ??= this.start();
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.listeners.delete(key);
      if (this.listeners.size === 0) this.stop();
    };
  }

  private start(): AbortController {
    const controller = new AbortController();
    void this.keepCurrent(controller.signal);
    return controller;
  }

  private stop(): void {
    this.watching?.abort();
    this.watching = undefined;
    this.listed = false;
    this.objects.clear();
  }

  private async keepCurrent(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const list = (await this.client.send({ path: this.path })) as unknown as List;
        signal.throwIfAborted();
        this.replace(list);
        await this.watch(list.metadata.resourceVersion, signal);
      } catch (error) {
        if (signal.aborted as boolean) return;
        // Together with their definition all objects of a kind are gone.
        if (error instanceof ApiError && error.isNotFound) this.show();
        // 410: the version to watch from is too old; a new list mends that.
        else if (!(error instanceof ApiError && error.http === 410)) this.tell(error);
      }
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }

  private replace({ apiVersion, kind, items = [] }: List): void {
    this.show(items.map((item) => ({ ...item, apiVersion, kind: kind.replace(/List$/, "") })));
  }

  /** Tells everybody that these objects, and no others, are there. */
  private show(objects: readonly KubeObject[] = []): void {
    this.objects.clear();
    for (const object of objects) this.put(object);
    this.listed = true;
    for (const [key, listeners] of this.listeners) {
      for (const listener of listeners) listener.changed(this.under(key));
    }
  }

  private async watch(resourceVersion: string, signal: AbortSignal): Promise<void> {
    const query = { watch: "true", resourceVersion };
    await this.client.stream({ path: this.path, query }, signal, (line) => {
      const { type, object } = line as unknown as WatchEvent;
      if (type === "ERROR") throw new ApiError(410, JSON.stringify(object));
      if (type === "BOOKMARK") return;
      const key = this.key(object);
      if (key === undefined) return;
      if (type === "DELETED") this.objects.get(key)?.delete(object.metadata.name);
      else this.put(object);
      for (const listener of this.listeners.get(key) ?? []) {
        listener.changed(this.under(key), type === "DELETED" ? object : undefined);
      }
    });
  }

  private put(object: KubeObject): void {
    const key = this.key(object);
    if (key === undefined) return;
    const group = this.objects.get(key) ?? new Map<string, KubeObject>();
    this.objects.set(key, group.set(object.metadata.name, object));
  }

  private under(key: string): readonly KubeObject[] {
    return [...(this.objects.get(key)?.values() ?? [])];
  }

  private tell(error: unknown): void {
    for (const listeners of this.listeners.values()) {
      for (const listener of listeners) listener.troubled(error);
    }
  }
}

/** One collection per path and key. */
export class Collections {
  private readonly known = new Map<string, Collection>();

  constructor(private readonly client: Client) {}

  /** The collection at a path, whose objects are told apart by a label or, without one, by their names. */
  public at(path: string, label?: string): Collection {
    const id = `${path} ${label ?? ""}`;
    const key: Key = ({ metadata }) =>
      label === undefined ? metadata.name : metadata.labels?.[label];
    const collection = this.known.get(id) ?? new Collection(this.client, path, key);
    this.known.set(id, collection);
    return collection;
  }
}
