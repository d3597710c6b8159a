/**
 * Whether everything is to be run (`npm run test:all`, `slipway test --all`), or whatever matches `--grep`. Otherwise half an
 * hour's worth: `npm test` has of each thing that breaks in its own way one test.
 */
export const all = process.env["SLIPWAY_TEST_ALL"] === "true";

type DefineSuite = (title: string, tests: (this: Mocha.Suite) => void) => void;

// Mocha gives each file a `describe` and an `it` of its own, which know its name: they are asked for when a suite is defined.

/** A suite for `npm run test:all` only. */
export const describeAll: DefineSuite = (title, tests) => {
  if (all) describe(title, tests);
};

/** A test for `npm run test:all` only. */
export const itAll = (title: string, test: Mocha.AsyncFunc | Mocha.Func): void => {
  if (all) it(title, test);
};

/** Cases of a table: the first are always run, the others by `npm run test:all`. */
export const cases = <T>(always: readonly T[], others: readonly T[]): readonly T[] =>
  all ? [...always, ...others] : always;

/**
 * A suite whose tests are steps that belong together: each goes on where the one before ended, and none can be run by itself.
 * After a step that failed the others are skipped, and the output says so.
 */
export const walk: DefineSuite = (title, steps) => {
  describe(walkTitle(title), asWalk(steps));
};

/** A walk for `npm run test:all` only. */
export const walkAll: DefineSuite = (title, steps) => {
  if (all) walk(title, steps);
};

/** Title of a walk: by it a reader knows that `--grep` has to name the suite. */
export const walkTitle = (title: string): string => `${title} (a walk)`;

/** What makes a suite a walk. */
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
