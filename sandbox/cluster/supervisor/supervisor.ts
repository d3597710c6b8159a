import { join } from "node:path";
import { z } from "zod";
import { Unit } from "../unit";
import { defaultTiming, Runner, type Timing } from "./runner";
import { isUp, writeStatus, type Status } from "./status";

/** Input of a supervisor, written by whoever starts it. */
export const Specification = z.strictObject({
  /** Fingerprint of everything the units read: a different one means that they must be restarted. */
  revision: z.string(),
  /** The whole environment of every unit: nothing is inherited from the caller. */
  environment: z.record(z.string(), z.string()),
  logFolder: z.string(),
  statusFile: z.string(),
  units: z.array(Unit),
});
export type Specification = z.infer<typeof Specification>;

/** Starts units in the order of their dependencies, keeps them running, stops them in reverse. */
export class Supervisor {
  readonly #specification: Specification;
  readonly #runners: ReadonlyMap<string, Runner>;
  readonly #started = new Set<string>();
  readonly #stops = new Map<string, Promise<void>>();
  #stopping = false;

  constructor(specification: Specification, timing: Timing = defaultTiming) {
    refuseBadOrder(specification.units);
    this.#specification = specification;
    const { environment, logFolder, units } = specification;
    this.#runners = new Map(
      units.map((unit) => [
        unit.name,
        new Runner(unit, {
          log: join(logFolder, `${unit.name}.log`),
          environment,
          timing,
          changed: () => {
            this.#advance();
          },
        }),
      ]),
    );
  }

  get status(): Status {
    const units = [...this.#runners.values()].map(({ status }) => status);
    return { revision: this.#specification.revision, stopping: this.#stopping, units };
  }

  start(): void {
    this.#advance();
  }

  /** Resolves when no unit runs any more. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#specification.units.map((unit) => this.#stopAfterDependents(unit)));
  }

  /** Starts the units whose dependencies are ready, and writes the status. */
  #advance(): void {
    const isReady = (name: string) => isUp(this.#runner(name).status);
    for (const { name, after } of this.#specification.units) {
      if (this.#stopping || this.#started.has(name) || !after.every(isReady)) continue;
      this.#started.add(name);
      this.#runner(name).start();
    }
    writeStatus(this.#specification.statusFile, this.status);
  }

  #stopAfterDependents(unit: Unit): Promise<void> {
    const known = this.#stops.get(unit.name);
    if (known !== undefined) return known;
    const dependents = this.#specification.units.filter(({ after }) => after.includes(unit.name));
    const stop = Promise.all(dependents.map((other) => this.#stopAfterDependents(other))).then(() =>
      this.#runner(unit.name).stop(),
    );
    this.#stops.set(unit.name, stop);
    return stop;
  }

  #runner(name: string): Runner {
    const runner = this.#runners.get(name);
    if (runner === undefined) throw new Error(`no unit ${name}`);
    return runner;
  }
}

/** Units in dependency order; throws if there is none. */
export function startOrder(units: readonly Unit[]): Unit[] {
  const ordered: Unit[] = [];
  const placed = (name: string) => ordered.some((unit) => unit.name === name);
  let rest = [...units];
  while (rest.length > 0) {
    const next = rest.filter(({ after }) => after.every(placed));
    if (next.length === 0) {
      throw new Error(
        `units wait for each other, or for unknown ones: ${rest.map(describe).join("; ")}`,
      );
    }
    ordered.push(...next);
    rest = rest.filter((unit) => !next.includes(unit));
  }
  return ordered;
}

const describe = ({ name, after }: Unit): string => `${name} after ${after.join(", ")}`;

function refuseBadOrder(units: readonly Unit[]): void {
  const names = units.map(({ name }) => name);
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  if (twice.length > 0) throw new Error(`units named twice: ${twice.join(", ")}`);
  startOrder(units);
}
