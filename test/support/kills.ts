import * as assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { ReleaseStack } from "./release-stack";

/** What is killed, and when. */
export type Kill =
  /** Command and engine, while the update has changed something and waits for it. */
  | "both"
  /** The engine alone, at the same moment. */
  | "engine"
  /** Ctrl-C at the same moment: SIGINT to command and engine, which end in order. */
  | "ctrl-c"
  /** The command alone, after its update has ended and before it has written the next record. */
  | "between";

/** The last update of any rollout: the record without a version being rolled out. */
export const end = "end";

/** Poll interval for a moment that may be short, in milliseconds. */
const lookEvery = 15;
/** Polls in two minutes; everything awaited here is faster. */
const mostLooks = 8_000;

/** Runs commands on a project of a stack, and kills them in the middle of a step. */
export class Killer {
  constructor(
    private readonly lab: ReleaseStack,
    private readonly project: string,
  ) {}

  /** Step of the record; `end` in steady state. */
  get step(): string {
    return this.lab.record(this.project)?.next?.step ?? end;
  }

  /**
   * Runs a command, kills according to `kill` at a step, and keeps the remaining lock; a surviving command reports how to
   * continue.
   */
  async kill(kill: Kill, step: string, args: readonly string[]): Promise<void> {
    const { program } = this.lab;
    const before = this.state();
    // One that was killed before has left its lock.
    const left = program.locks();
    const own = (): string[] => program.locks().filter((lock) => !left.includes(lock));
    const running = program.startSlipway(...args);
    const pid = running.pid ?? assert.fail("not started");
    let ended: string | undefined;
    void running.then(({ stderr }) => (ended = stderr));
    const here = (): boolean => {
      assert.equal(
        ended,
        undefined,
        `ended before it could be killed at ${step}: ${args.join(" ")}`,
      );
      return this.step === step && own().length > 0;
    };
    try {
      if (kill === "between") {
        await until(here);
        process.kill(pid, "SIGSTOP");
        await until(() => own().length === 0);
        process.kill(pid, "SIGKILL");
      } else {
        await until(() => here() && this.underWay(before));
        const whom = kill === "engine" ? holderOf(own()) : -pid;
        process.kill(whom, kill === "ctrl-c" ? "SIGINT" : "SIGKILL");
      }
    } catch (error) {
      if (ended === undefined) process.kill(-pid, "SIGKILL");
      throw error;
    }
    const { stderr, exitCode } = await running;
    assert.equal(this.step, step, stderr);
    if (kill === "engine" || kill === "ctrl-c") {
      assert.equal(exitCode, 1, stderr);
      assert.match(
        stderr,
        new RegExp(
          `${step === end ? "while" : `at step \`${step}\``}.*the same command continues`,
          "s",
        ),
      );
    }
    if (kill === "ctrl-c")
      assert.ok(!program.locked(), "an engine that was stopped has left its lock");
    // The next command clears it.
    if (kill === "both" || kill === "engine")
      assert.ok(program.locked(), "a killed engine has left no lock");
  }

  /** Whether an update has begun a change since that state, and not recorded its end. */
  private underWay(before: string): boolean {
    const now = this.state();
    return now !== before && /"pending_operations":\s*\[\s*\{/.test(now);
  }

  /** The recorded state; a killed run leaves its pending operations in it. */
  private state(): string {
    const path = join(this.lab.program.folder, ".state/.pulumi/stacks/slipway/test.json");
    return existsSync(path) ? readFileSync(path, "utf8") : "";
  }
}

/** Process of the engine that holds a lock. */
function holderOf([lock = assert.fail("nobody holds the stack")]: readonly string[]): number {
  return (JSON.parse(readFileSync(lock, "utf8")) as { pid: number }).pid;
}

async function until(holds: () => boolean): Promise<void> {
  for (let looks = 0; looks < mostLooks; looks++) {
    if (holds()) return;
    await pause(lookEvery);
  }
  assert.fail("it never came to that");
}
