/**
 * Whether everything is to be run (`npm run test:all`, `slipway test --all`), or whatever matches `--grep`. Otherwise half an
 * hour's worth: `npm test` has of each thing that breaks in its own way one test.
 */
export const all = process.env["SLIPWAY_TEST_ALL"] === "true";

const none = (): void => undefined;

/** A suite for `npm run test:all` only. */
export const describeAll: (title: string, tests: (this: Mocha.Suite) => void) => void = all
  ? describe
  : none;

/** A test for `npm run test:all` only. */
export const itAll: (title: string, test: Mocha.AsyncFunc | Mocha.Func) => void = all ? it : none;

/** Cases of a table: the first are always run, the others by `npm run test:all`. */
export const cases = <T>(always: readonly T[], others: readonly T[]): readonly T[] =>
  all ? [...always, ...others] : always;
