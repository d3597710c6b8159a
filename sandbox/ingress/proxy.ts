import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { execa } from "execa";
import type { Rendering } from "./haproxy";
import { MasterSocket } from "./master";
import { changesFor, isDone, isDraining, parseWorker, type Change, type Worker } from "./runtime";

/** Where the HAProxy is that serves the Ingress. */
export interface ProxyPlace {
  /** Directory of haproxy.cfg and its maps. */
  config: string;
  /** Path of the master's socket. */
  master: string;
  /** Command that runs the rest of its arguments in HAProxy's namespaces; empty for a caller who is in them. */
  inside: readonly string[];
}

/** What became of an attempt to change HAProxy while it runs. */
export interface Adjustment {
  /** Fingerprint of what the worker was started with: when it differs from what is wanted, a reload is due. */
  structure: string;
  /** One line for each backend that changed. */
  changes: string[];
  /** Commands that were refused, with the answer. */
  refused: string[];
  /** Servers still finish requests, and are deleted later. */
  draining: boolean;
}

/** The HAProxy that serves the Ingress: changed while it runs where that is possible, reloaded where not. */
export class Proxy {
  readonly #place: ProxyPlace;
  readonly #master: MasterSocket;
  #saved: Rendering["files"] = {};

  constructor(place: ProxyPlace) {
    this.#place = place;
    this.#master = new MasterSocket(place.master);
  }

  /** Changes servers and weights of the running worker. It is asked what it has, so nothing can drift. */
  async adjust(wanted: Rendering): Promise<Adjustment> {
    const worker = await this.#worker();
    const result: Adjustment = {
      ...{ structure: worker.structure, changes: [], refused: [], draining: false },
    };
    const done: Change[] = [];
    for (const change of changesFor(worker, wanted)) {
      if (await this.#carryOut(change, result)) done.push(change);
    }
    result.changes = perBackend(done);
    return result;
  }

  /** Writes the files for HAProxy's next start. */
  async save(wanted: Rendering): Promise<void> {
    await this.#write(wanted, this.#place.config);
  }

  /**
   * Starts a worker with the new configuration, which takes over the sockets, while the old one finishes what it has.
   * @throws when HAProxy refuses the configuration; the old worker then goes on.
   */
  async reload(wanted: Rendering): Promise<void> {
    const candidate = join(this.#place.config, "next");
    await this.#write(wanted, candidate);
    await this.#check(join(candidate, "haproxy.cfg"));
    await this.#write(wanted, this.#place.config);
    const before = await this.#state();
    await this.#master.reload();
    await this.#reloaded(before);
  }

  async #worker(): Promise<Worker> {
    const info = await this.#master.worker("show info");
    const backends = await this.#master.worker("show backend");
    const servers = await this.#master.worker("show servers state");
    const shares = await this.#master.worker("show map weights.map");
    return parseWorker({ info, backends, servers, shares });
  }

  /** @returns whether all commands were obeyed. */
  async #carryOut({ commands }: Change, result: Adjustment): Promise<boolean> {
    for (const command of commands) {
      const answer = await this.#master.worker(command);
      if (isDone(answer)) continue;
      if (isDraining(answer)) result.draining = true;
      else result.refused.push(`${command}: ${answer}`);
      return false;
    }
    return true;
  }

  async #write({ files }: Rendering, folder: string): Promise<void> {
    const isLive = folder === this.#place.config;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    // The configuration names what the maps hold, so it comes last.
    for (const [name, text] of Object.entries(files)) {
      if (isLive && this.#saved[name] === text) continue;
      const path = join(folder, name);
      await writeFile(`${path}.new`, text);
      await rename(`${path}.new`, path);
    }
    if (isLive) this.#saved = files;
  }

  async #check(file: string): Promise<void> {
    const command = [...this.#place.inside, "haproxy", "-c", "-f", file];
    const [program = "", ...args] = command;
    const { exitCode, all } = await execa(program, args, { all: true, reject: false });
    if (exitCode !== 0) throw new Error(`HAProxy refuses the configuration ${file}:\n${all}`);
  }

  /** Waits for a new worker, or a failure more. The master starts itself anew and has no socket meanwhile. */
  async #reloaded(before: ProxyState): Promise<void> {
    for (let attempt = 0; attempt < 200; attempt += 1) {
      await delay(50);
      const now = await this.#state().catch(() => before);
      if (now.failures > before.failures) {
        throw new Error("HAProxy could not reload and goes on as before; its log says why");
      }
      if (now.pid !== before.pid) return;
    }
    throw new Error("HAProxy did not finish its reload in time");
  }

  async #state(): Promise<ProxyState> {
    const { pid } = await this.#worker();
    return { pid, failures: await this.#master.failedReloads() };
  }
}

/** What shows whether a reload came about. */
interface ProxyState {
  /** The current worker. */
  pid: number;
  /** Reloads that failed since the last good one. */
  failures: number;
}

function perBackend(changes: readonly Change[]): string[] {
  const texts = new Map<string, string[]>();
  for (const { backend, text } of changes) {
    if (text !== "") texts.set(backend, [...(texts.get(backend) ?? []), text]);
  }
  return [...texts].map(([backend, all]) => `${backend} ${all.join(" ")}`);
}
