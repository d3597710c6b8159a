import type { Archived } from "../../src/release/archive";
import type { Contents } from "../../src/release/archive-target";

/** All that a stack runs, to be archived: what is not among it no longer does. */
export const whole =
  (files: readonly Archived[]): Contents =>
  () => ({ files, gone: () => true });
