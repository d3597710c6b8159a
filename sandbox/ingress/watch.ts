import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { ApiRefusal, type ApiClient } from "./kube";
import { keyOf, type ClusterObjects, type ObjectMeta, type ObjectSource } from "./objects";

/** Where the API server has the objects that routing depends on. */
const resources: Record<keyof ClusterObjects, string> = {
  ingresses: "/apis/networking.k8s.io/v1/ingresses",
  ingressClasses: "/apis/networking.k8s.io/v1/ingressclasses",
  services: "/api/v1/services",
  endpointSlices: "/apis/discovery.k8s.io/v1/endpointslices",
};

const kinds = Object.keys(resources) as (keyof ClusterObjects)[];

/** Milliseconds between two attempts to reach an API server that is away. */
const retry = { first: 200, last: 5_000 };

/** Seconds after which the API server ends a watch, and after which one that it did not end is taken for dead. */
const watchFor = 120;
const silenceAllowed = 150;

interface KubeObject {
  metadata: ObjectMeta & { resourceVersion?: string };
}

interface WatchEvent {
  type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  object: KubeObject & { message?: string };
}

/** The objects of an API server, kept up to date. While it is away the last known state stands. */
export class ApiServerSource implements ObjectSource {
  readonly #client: ApiClient;
  readonly #log: (line: string) => void;
  readonly #stop = new AbortController();
  readonly #known = new Map<keyof ClusterObjects, Map<string, KubeObject>>();
  #changed: (objects: ClusterObjects) => void = () => undefined;

  constructor(client: ApiClient, log: (line: string) => void) {
    this.#client = client;
    this.#log = log;
  }

  start(changed: (objects: ClusterObjects) => void): void {
    this.#changed = changed;
    for (const kind of kinds) void this.#follow(kind);
  }

  stop(): void {
    this.#stop.abort();
    this.#client.close();
  }

  /** Lists and watches one kind for as long as the source runs. */
  async #follow(kind: keyof ClusterObjects): Promise<void> {
    let pause = retry.first;
    while (!this.#stopped()) {
      try {
        let version = await this.#list(kind);
        pause = retry.first;
        while (!this.#stopped()) version = await this.#watch(kind, version);
      } catch (error) {
        if (this.#stopped()) return;
        this.#log(`API server: ${describe(error)}; listing ${kind} again`);
        await delay(pause, undefined, this.#stop).catch(() => undefined);
        pause = Math.min(pause * 2, retry.last);
      }
    }
  }

  async #list(kind: keyof ClusterObjects): Promise<string> {
    const { signal } = this.#stop;
    const list = (await this.#client.ask({ path: resources[kind], signal })) as {
      metadata: { resourceVersion: string };
      items: KubeObject[];
    };
    const objects = list.items.map((item) => [keyOf(item.metadata), item] as const);
    this.#known.set(kind, new Map(objects));
    this.#tell();
    return list.metadata.resourceVersion;
  }

  /** @returns the version to go on from when the API server ends the watch as it should. */
  async #watch(kind: keyof ClusterObjects, from: string): Promise<string> {
    let version = from;
    const path =
      `${resources[kind]}?watch=1&allowWatchBookmarks=true` +
      `&timeoutSeconds=${watchFor}&resourceVersion=${version}`;
    const { signal } = this.#stop;
    const response = await this.#client.open({ path, silence: silenceAllowed, signal });
    for await (const line of createInterface({ input: response })) {
      const { type, object } = JSON.parse(line) as WatchEvent;
      if (type === "ERROR") throw new Error(object.message ?? "the watch failed");
      version = object.metadata.resourceVersion ?? version;
      if (type === "BOOKMARK") continue;
      const known = this.#known.get(kind);
      if (type === "DELETED") known?.delete(keyOf(object.metadata));
      else known?.set(keyOf(object.metadata), object);
      this.#tell();
    }
    if (!response.complete) throw new Error(brokenOff);
    return version;
  }

  #tell(): void {
    if (!kinds.every((kind) => this.#known.has(kind))) return;
    const lists = kinds.map((kind) => [kind, [...(this.#known.get(kind)?.values() ?? [])]]);
    this.#changed(Object.fromEntries(lists) as ClusterObjects);
  }

  #stopped(): boolean {
    return this.#stop.signal.aborted;
  }
}

const brokenOff = "the connection broke off";

function describe(error: unknown): string {
  if (error instanceof ApiRefusal) return `${error.status}`;
  if ((error as NodeJS.ErrnoException).code === "ECONNRESET") return brokenOff;
  return error instanceof Error ? error.message : String(error);
}
