import { describeReload, type Described } from "./describe";
import { render, type Listeners } from "./haproxy";
import type { HostPorts } from "./hostports";
import { buildModel, type Model } from "./model";
import type { ClusterObjects, ObjectSource } from "./objects";
import type { Proxy } from "./proxy";

/** Tells the cluster what became of its Ingresses. */
export interface Reporter {
  /** Called whenever HAProxy does what the model says. */
  report(model: Model): Promise<void>;
}

/** What the controller works with. */
export interface Parts {
  source: ObjectSource;
  proxy: Pick<Proxy, "adjust" | "save" | "reload">;
  hostPorts: Pick<HostPorts, "choose" | "save">;
  reporter: Reporter;
  listeners: Listeners;
  simulatedNodes: readonly string[];
  /** Takes one line for each change. */
  log: (line: string) => void;
}

/** Milliseconds. */
const timing = {
  /** A reload waits until objects have been at rest for so long, so that one serves for what is created together … */
  quiet: 100,
  /** … but no longer than this. */
  patience: 500,
  /** Servers that finish their last requests are looked at again after this. */
  draining: 1_000,
  /** What HAProxy does is compared with what it should do at least so often. */
  resync: 10_000,
  firstRetry: 250,
  lastRetry: 10_000,
};

/**
 * Keeps HAProxy in step with the cluster's objects. Pods and weights change within the running worker, at once; all else
 * waits for a moment of rest and then takes a reload. One pass at a time, always from the newest state.
 */
export class Controller {
  readonly #parts: Parts;
  #objects: ClusterObjects | undefined;
  #changedAt = 0;
  #outdatedSince: number | undefined;
  #applied: Described | undefined;
  #failures = 0;
  #due = false;
  #running: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  start(): void {
    this.#parts.source.start((objects) => {
      this.#objects = objects;
      this.#changedAt = Date.now();
      this.#kick();
    });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#parts.source.stop();
    clearTimeout(this.#timer);
    await this.#running;
  }

  #kick(): void {
    this.#due = true;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  async #run(): Promise<void> {
    let pause = timing.resync;
    while (this.#due && !this.#stopped) {
      this.#due = false;
      pause = await this.#attempt();
    }
    if (this.#stopped) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#kick();
    }, pause);
  }

  /** @returns milliseconds until the next pass is due. */
  async #attempt(): Promise<number> {
    try {
      const pause = this.#objects === undefined ? timing.resync : await this.#pass(this.#objects);
      this.#failures = 0;
      return pause;
    } catch (error) {
      this.#failures += 1;
      this.#parts.log(`failed: ${error instanceof Error ? error.message : String(error)}`);
      return Math.min(timing.firstRetry * 2 ** (this.#failures - 1), timing.lastRetry);
    }
  }

  async #pass(objects: ClusterObjects): Promise<number> {
    const { proxy, hostPorts, listeners, simulatedNodes, reporter, log } = this.#parts;
    const model = buildModel(objects, simulatedNodes);
    const ports = await hostPorts.choose(model.nodePorts);
    const wanted = render(model, ports, listeners);

    const { structure, changes, refused, draining } = await proxy.adjust(wanted);
    for (const change of changes) log(`runtime: ${change}`);
    for (const refusal of refused) log(`refused: ${refusal}`);

    if (structure === wanted.structure && refused.length === 0) {
      this.#outdatedSince = undefined;
      this.#applied = { model, hostPorts: ports };
      await proxy.save(wanted);
      await reporter.report(model);
      return draining ? timing.draining : timing.resync;
    }
    const pause = this.#untilReload();
    if (pause > 0) return pause;
    await proxy.reload(wanted);
    log(`reload: ${describeReload(this.#applied, { model, hostPorts: ports })}`);
    await hostPorts.save(ports);
    // The next pass brings in what happened meanwhile, and reports.
    return 0;
  }

  /** Milliseconds that a reload has to wait. */
  #untilReload(): number {
    const now = Date.now();
    this.#outdatedSince ??= now;
    return Math.min(this.#changedAt + timing.quiet, this.#outdatedSince + timing.patience) - now;
  }
}
