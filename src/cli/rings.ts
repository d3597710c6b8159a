import { z } from "zod";
import { table } from "./table";

/** The four rings of tests, fastest first: each tests its point at the lowest possible level. */
export const rings = ["unit", "program", "engine", "machine"] as const;
export type Ring = (typeof rings)[number];

/** Rings that need a running sandbox. */
export const needsSandbox = (ring: Ring): boolean => ring === "engine" || ring === "machine";

/** Report of one mocha run; durations in seconds. */
export const MochaResult = z.strictObject({
  passed: z.int(),
  failed: z.int(),
  skipped: z.int(),
  /** Failed tests and hooks, with their messages. */
  failures: z.array(z.strictObject({ title: z.string(), file: z.string(), said: z.string() })),
  /** Outermost suites with their hooks; those in which no test ran are left out. */
  suites: z.array(
    z.strictObject({ title: z.string(), file: z.string(), tests: z.int(), seconds: z.number() }),
  ),
  tests: z.array(z.strictObject({ title: z.string(), seconds: z.number() })),
});
export type MochaResult = z.infer<typeof MochaResult>;

/** Counts of one or more runs. */
export type Counts = Pick<MochaResult, "passed" | "failed" | "skipped">;

/** Adds up the counts of several runs. */
export function sum(all: readonly Counts[]): Counts {
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const { passed, failed, skipped } of all) {
    total.passed += passed;
    total.failed += failed;
    total.skipped += skipped;
  }
  return total;
}

/** The summary line of a run. */
export const closingLine = ({ passed, failed, skipped }: Counts): string =>
  `${passed} passed, ${failed} failed, ${skipped} skipped`;

/** Repeats the failures: the first report may be thousands of lines up, or cut off by the log. */
export const failureList = (results: readonly MochaResult[]): string =>
  results
    .flatMap(({ failures }) => failures)
    .map(({ title, file, said }) => `failed: ${title} (${file})\n${indented(firstLines(said))}\n`)
    .join("");

/** Enough lines of a message to recognise the error. */
const firstLines = (said: string): string => said.split("\n").slice(0, 12).join("\n");

const indented = (text: string): string => text.replaceAll(/^(?=.)/gmu, "  ");

/** Suites that took at least this long get a line of their own. */
const worthALine = 1;

/** How long each suite took, slowest first; the quick ones in one line. */
export function suiteTable(results: readonly MochaResult[]): string {
  const suites = results.flatMap((result) => result.suites).sort(slowestFirst);
  const slow = suites.filter(({ seconds }) => seconds >= worthALine);
  const quick = suites.slice(slow.length);
  const rows = slow.map(({ title, file, tests, seconds }) => [
    duration(seconds),
    `${tests}`,
    file,
    title,
  ]);
  const rest = [
    duration(quick.reduce((total, { seconds }) => total + seconds, 0)),
    `${quick.reduce((total, { tests }) => total + tests, 0)}`,
    `${quick.length} more, of less than ${worthALine} s each`,
    "",
  ];
  return table(["time", "tests", "file", "suite"], quick.length === 0 ? rows : [...rows, rest]);
}

/** The slowest tests of all, slowest first. */
export function testTable(results: readonly MochaResult[], count: number): string {
  const tests = results.flatMap((result) => result.tests).sort(slowestFirst);
  return table(
    ["time", "test"],
    tests.slice(0, count).map(({ title, seconds }) => [duration(seconds), title]),
  );
}

const slowestFirst = (a: { seconds: number }, b: { seconds: number }): number =>
  b.seconds - a.seconds;

/** `1:05` for 65 seconds. */
function duration(seconds: number): string {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${`${whole % 60}`.padStart(2, "0")}`;
}
