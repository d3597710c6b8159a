import { writeFileSync } from "node:fs";
import Mocha from "mocha";

/** What one mocha run counted. */
export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** Mocha's spec reporter, which also leaves its counts in a file so that several runs can be added up. */
export default class CountingReporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options?: Mocha.MochaOptions) {
    super(runner, options);
    const path = process.env["SLIPWAY_TEST_COUNTS"];
    if (path === undefined) return;
    runner.once("end", () => {
      const { passes, failures, pending } = this.stats;
      const counts: Counts = { passed: passes, failed: failures, skipped: pending };
      writeFileSync(path, JSON.stringify(counts));
    });
  }
}
