import * as assert from "node:assert/strict";
import type { CanaryStep, Strategy } from "../../components/app/rollout";
import { UserError } from "../../components/shared/problem";
import { EngineError, type Ending } from "../../src/engine/error";
import type { ReleaseRecord } from "../../src/records/record";
import type { Rollout } from "../../src/records/transitions";
import { runRollout } from "../../src/rollout/run";
import type { RolloutPlan, RolloutResult } from "../../src/rollout/types";

export const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;
export const old: ReleaseRecord = { digest: digest("a"), slot: "a", strategy: { kind: "rolling" } };
export const target = { digest: digest("b") };
export const rollout = (strategy: Strategy): Rollout => ({
  strategy,
  checked: false,
  prepull: false,
});
export const blueGreen = rollout({ kind: "blueGreen", form: "switch" });
export const halves = rollout({ kind: "blueGreen", form: "halves" });
export const rolling = rollout({ kind: "rolling" });
export const canary = (...steps: CanaryStep[]): Rollout => rollout({ kind: "canary", steps });

/** A simulated stack: the records written, the result of each update, and the waiting times. */
export class Paper {
  readonly log: string[] = [];
  private readonly texts: (ReleaseRecord | undefined)[];

  constructor(
    found: ReleaseRecord | undefined,
    private readonly ends: Readonly<Record<number, Ending>> = {},
    private readonly changed = 1,
  ) {
    this.texts = [found];
  }

  /** After how many writes the file differs from the known record. */
  refuses?: number;

  /** The API server's refusal, before anything is changed. */
  because?: string;

  /** Everything that was written, in order. */
  get written(): readonly (ReleaseRecord | undefined)[] {
    return this.texts.slice(1);
  }

  get says(): ReleaseRecord | undefined {
    return this.texts.at(-1);
  }

  async runRollout(
    args: Partial<RolloutPlan> & Pick<RolloutPlan, "first" | "rollout">,
  ): Promise<RolloutResult> {
    let updates = 0;
    const all = {
      project: "P",
      stack: "uat",
      found: this.says,
      earlier: () => Promise.resolve(undefined),
      ...args,
    };
    return await runRollout(all, {
      save: (record) => {
        if (this.texts.length === this.refuses) throw new UserError("somebody was quicker", 2);
        this.texts.push(record);
      },
      undo: () => this.texts.pop(),
      update: (title) => {
        this.log.push(title);
        const end = this.ends[++updates];
        if (end !== undefined)
          return Promise.reject(
            new EngineError(
              end,
              this.because ?? `because ${end}`,
              undefined,
              this.because === undefined,
            ),
          );
        return Promise.resolve({ changed: this.changed });
      },
      pause: (seconds) => {
        if (seconds > 0) this.log.push(`${seconds} s`);
        return Promise.resolve();
      },
    });
  }
}

export const failure = async (walking: Promise<unknown>): Promise<UserError> => {
  const error = await walking.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof UserError, String(error));
  return error;
};

export const [A, B] = ["a".repeat(12), "b".repeat(12)];
