import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { identify } from "../../../components/shared/system/process";
import type { Unit } from "../unit";
import { boundLog, openLog } from "./log";
import { probe } from "./probe";
import type { UnitState, UnitStatus } from "./status";

/** Timeouts and intervals of the supervisor, in milliseconds. */
export interface Timing {
  /** Between two probes of a unit that is starting. */
  probeEvery: number;
  /** Between two probes of a unit that was ready, and between two checks of its log's size. */
  recheckEvery: number;
  /** A unit without a probe is ready after it has run this long. */
  settleAfter: number;
  /** Before the first restart; doubled for each further one. */
  firstBackoff: number;
  lastBackoff: number;
  /** A unit that was ready this long resets its failure count. */
  stableAfter: number;
}

export const defaultTiming: Timing = {
  probeEvery: 100,
  recheckEvery: 5_000,
  settleAfter: 500,
  firstBackoff: 250,
  lastBackoff: 15_000,
  stableAfter: 30_000,
};

/** A unit that ended this often in a row without having been ready is called `failing`. */
const failuresThatCount = 4;

/** Milliseconds to wait after the nth failure in a row. */
export function backoff(failures: number, { firstBackoff, lastBackoff }: Timing): number {
  return Math.min(firstBackoff * 2 ** (failures - 1), lastBackoff);
}

/** Runs one unit: starts it, detects when it is ready, restarts it when it ends, stops it. */
export class Runner {
  readonly #unit: Unit;
  readonly #options: RunnerOptions;
  readonly #log: number;
  readonly #stop = new AbortController();
  #status: UnitStatus;
  #failures = 0;
  #child: ChildProcess | undefined;
  #finished: Promise<void> = Promise.resolve();

  constructor(unit: Unit, options: RunnerOptions) {
    this.#unit = unit;
    this.#options = options;
    this.#log = openLog(options.log);
    const since = new Date().toISOString();
    this.#status = { name: unit.name, state: "waiting", restarts: 0, since, log: options.log };
  }

  get status(): UnitStatus {
    return this.#status;
  }

  start(): void {
    this.#finished = this.#run();
  }

  /** Ends the process, with SIGKILL if it does not end in time; afterwards none of its processes runs. */
  async stop(): Promise<void> {
    this.#stop.abort();
    const child = this.#child;
    if (child !== undefined && this.#unit.beforeStop !== undefined) {
      await exitOf(this.#spawn(this.#unit.beforeStop));
    }
    child?.kill("SIGTERM");
    const force = setTimeout(() => child?.kill("SIGKILL"), (this.#unit.stopSeconds ?? 5) * 1000);
    await this.#finished;
    clearTimeout(force);
    this.#become("stopped");
  }

  async #run(): Promise<void> {
    while (!this.#stopping()) {
      const ending = await this.#runOnce();
      if (this.#stopping()) return;
      if (this.#unit.task === true && ending === "ended with 0") {
        this.#become("done");
        return;
      }
      this.#failures += 1;
      this.#become(this.#failures < failuresThatCount ? "backoff" : "failing", ending);
      const pause = backoff(this.#failures, this.#options.timing);
      await delay(pause, undefined, { signal: this.#stop.signal }).catch(() => undefined);
      this.#status = { ...this.#status, restarts: this.#status.restarts + 1 };
    }
  }

  /** @returns how the process ended. */
  async #runOnce(): Promise<string> {
    const child = this.#spawn(this.#unit.command);
    this.#child = child;
    // A unit that keeps failing stays `failing` until it is ready.
    this.#become(this.#status.state === "failing" ? "failing" : "starting", this.#status.problem);
    const ended = new AbortController();
    if (this.#unit.task !== true) {
      void this.#watch(Date.now(), AbortSignal.any([ended.signal, this.#stop.signal]));
    }
    const ending = await exitOf(child);
    ended.abort();
    this.#child = undefined;
    return ending;
  }

  #spawn([program = "", ...args]: readonly string[]): ChildProcess {
    return spawn(program, args, {
      env: { ...this.#options.environment, ...this.#unit.env },
      stdio: ["ignore", this.#log, this.#log],
    });
  }

  /** Follows a running process to its end: checks readiness and the size of its log. */
  async #watch(begin: number, over: AbortSignal): Promise<void> {
    const { probeEvery, recheckEvery } = this.#options.timing;
    for (;;) {
      const problem = await this.#problem(begin);
      if (over.aborted) return;
      this.#judge(problem);
      boundLog(this.#options.log, this.#log);
      const pause = this.#status.state === "ready" ? recheckEvery : probeEvery;
      await delay(pause, undefined, { signal: over }).catch(() => undefined);
    }
  }

  #judge(problem: string | undefined): void {
    const { state, since } = this.#status;
    if (problem === undefined && state === "ready") {
      const age = Date.now() - Date.parse(since);
      if (age >= this.#options.timing.stableAfter) this.#failures = 0;
    } else if (problem === undefined) this.#become("ready");
    else if (state === "ready") this.#become("unready", problem);
    else if (problem !== this.#status.problem) this.#note(problem);
  }

  /** Why the unit is not ready. */
  async #problem(begin: number): Promise<string | undefined> {
    if (this.#unit.ready !== undefined) return probe(this.#unit.ready);
    return Date.now() - begin < this.#options.timing.settleAfter ? "has just begun" : undefined;
  }

  #become(state: UnitState, problem?: string): void {
    const { name, restarts, log } = this.#status;
    const pid = this.#child?.pid;
    const process = pid === undefined ? undefined : identify(pid);
    this.#status = {
      name,
      state,
      process,
      restarts,
      since: new Date().toISOString(),
      problem,
      log,
    };
    this.#options.changed();
  }

  #stopping(): boolean {
    return this.#stop.signal.aborted;
  }

  #note(problem: string | undefined): void {
    this.#status = { ...this.#status, problem };
    this.#options.changed();
  }
}

/** What a runner needs besides its unit. */
export interface RunnerOptions {
  /** Path of the log. */
  log: string;
  /** The whole environment of the process, except the unit's additions. */
  environment: Record<string, string>;
  timing: Timing;
  /** Called after each change of the status. */
  changed: () => void;
}

async function exitOf(child: ChildProcess): Promise<string> {
  try {
    const [code, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
    return code === null ? `killed by ${signal ?? "a signal"}` : `ended with ${code}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
