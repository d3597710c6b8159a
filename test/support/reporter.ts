import { writeFileSync } from "node:fs";
import Mocha from "mocha";
import { relative } from "node:path";
import type { MochaResult } from "../../src/cli/rings";
import { checkout } from "../../components/shared/system/checkout";

/** Mocha's spec reporter, which also writes counts, failures and durations to a file, so that several runs can be added up. */
export default class CountingReporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options?: Mocha.MochaOptions) {
    super(runner, options);
    const path = process.env["SLIPWAY_TEST_RESULT"];
    if (path === undefined) return;
    const { suites, tests } = durations(runner);
    const failures: MochaResult["failures"] = [];
    runner.on("fail", (test, error: unknown) => {
      const said = error instanceof Error ? error.message : String(error);
      failures.push({ title: test.fullTitle(), file: relative(checkout, test.file ?? ""), said });
    });
    runner.once("end", () => {
      const { passes, pending } = this.stats;
      const counts = { passed: passes, failed: this.stats.failures, skipped: pending };
      writeFileSync(
        path,
        JSON.stringify({ ...counts, failures, suites, tests } satisfies MochaResult),
      );
    });
  }
}

/** Records, during the run, the duration of each outermost suite (with its hooks) and of each test. */
function durations(runner: Mocha.Runner): Pick<MochaResult, "suites" | "tests"> {
  const [suites, tests]: [MochaResult["suites"], MochaResult["tests"]] = [[], []];
  let [began, ended] = [0, 0];
  const isOutermost = (suite: Mocha.Suite): boolean => suite.parent?.root === true;
  runner.on("suite", (suite) => {
    if (isOutermost(suite)) [began, ended] = [Date.now(), 0];
  });
  runner.on("test end", (test) => {
    ended += test.isPending() ? 0 : 1;
    tests.push({ title: test.fullTitle(), seconds: (test.duration ?? 0) / 1000 });
  });
  runner.on("suite end", (suite) => {
    if (!isOutermost(suite) || ended === 0) return;
    const file = relative(checkout, suite.file ?? "");
    suites.push({ title: suite.title, file, tests: ended, seconds: (Date.now() - began) / 1000 });
  });
  return { suites, tests };
}
