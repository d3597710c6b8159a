import type { Archived } from "../../src/archive/archive";
import type { Contents } from "../../src/archive/target";

/** All that a stack runs, to be archived: what is not among it no longer does. */
export const whole =
  (files: readonly Archived[]): Contents =>
  () => ({ files, gone: () => true });
