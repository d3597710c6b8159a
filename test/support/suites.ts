/**
 * Whether everything is to be run (`npm run test:all`, `slipway test --all`), or whatever matches `--grep`. Otherwise half an
 * hour's worth: `npm test` has one test for each kind of failure.
 */
export const all = process.env["SLIPWAY_TEST_ALL"] === "true";

type DefineSuite = (title: string, tests: (this: Mocha.Suite) => void) => void;

// Mocha gives each file its own `describe` and `it`, which know its name: they are read when a suite is defined.

/** A suite for `npm run test:all` only. */
export const describeAll: DefineSuite = (title, tests) => {
  if (all) describe(title, tests);
};

/** A test for `npm run test:all` only. */
export const itAll = (title: string, test: Mocha.AsyncFunc | Mocha.Func): void => {
  if (all) it(title, test);
};

/** Cases of a table: the first ones always run, the others by `npm run test:all`. */
export const cases = <T>(always: readonly T[], others: readonly T[]): readonly T[] =>
  all ? [...always, ...others] : always;

/**
 * A suite whose tests are consecutive steps: each continues where the previous one ended, and none can run alone. After a failed
 * step the others are skipped, and the output says so.
 */
export const walk: DefineSuite = (title, steps) => {
  describe(walkTitle(title), asWalk(steps));
};

/** A sequence for `npm run test:all` only. */
export const walkAll: DefineSuite = (title, steps) => {
  if (all) walk(title, steps);
};

/** Title of a sequence: it tells a reader that `--grep` must name the suite. */
export const walkTitle = (title: string): string => `${title} (a walk)`;

/** What makes a suite a sequence. */
export function asWalk(steps: (this: Mocha.Suite) => void): (this: Mocha.Suite) => void {
  return function () {
    let failed: string | undefined;
    beforeEach(function () {
      if (failed === undefined) return;
      console.log(`      skipped, because a step before failed: ${failed}`);
      this.skip();
    });
    afterEach(function () {
      if (this.currentTest?.state === "failed") failed = this.currentTest.title;
    });
    steps.call(this);
  };
}
