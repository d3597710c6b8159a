import type { ReleaseRecord } from "../records/record";
import type { Rollout } from "../records/transitions";

/** What a rollout acts by: the stack's file, the engine, and time. */
export interface RolloutDriver {
  /** Writes the project's record, or removes it. */
  save(record: ReleaseRecord | undefined): void;
  /** Restores the file as it was before the last `save`. */
  undo(): void;
  /** Updates the stack, limited to the project; throws an `EngineError`. */
  update(title: string): Promise<{ changed: number }>;
  /** Leaves a canary as it is for a while. */
  pause(seconds: number): Promise<void>;
}

/** A release to roll out. */
export interface RolloutPlan {
  project: string;
  stack: string;
  /** The project's record in the stack's file now, if there is one. */
  found: ReleaseRecord | undefined;
  /** The record to start with: the first stage, the stage that a killed run was at, or already the last. */
  first: ReleaseRecord;
  /** Records to apply before it: the way out of another release. */
  over?: readonly ReleaseRecord[] | undefined;
  rollout: Rollout;
  /** The settings in the project's file now that are kept with a version. */
  filed?: string | undefined;
  /**
   * The record that ran before, for the way back from a release without stages whose run was killed; `itself` where this version
   * ran before: a repair of what runs has nothing to go back to.
   */
  earlier: () => Promise<ReleaseRecord | "itself" | undefined>;
  /** The override that allows a later stage during a freeze that has begun since. */
  onward?: (record: ReleaseRecord) => Pick<ReleaseRecord, "override">;
  /** The override that allows a way back during a freeze, if there is one, and the `released` note of now. */
  excuse?: () => Pick<ReleaseRecord, "override" | "released">;
  /** Never go back to `found`: a rollback leaves it on purpose. */
  final?: boolean | undefined;
}

/** How a rollout ended that did not fail. */
export interface RolloutResult {
  record: ReleaseRecord;
  /** `waiting`: a person must look at a canary, and go on with the same command. */
  state: "settled" | "waiting";
}

/** The record that was written last, and the one before it. */
export interface WrittenRecord {
  record: ReleaseRecord;
  before: ReleaseRecord | undefined;
}
