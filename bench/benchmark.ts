/** One figure: a ratio of two ways to do the same, measured side by side in one run. */
export interface Benchmark {
  /** What is compared, e.g. `preview of 100 projects / bare loop of the same objects`. */
  name: string;
  /** The ratio to stay at or below, if there is one; it never gates a test. */
  goal?: number;
  /** Prepares what both sides need, untimed. */
  prepare?: () => Promise<void>;
  /** Ours, once, from start to end. */
  ours: () => Promise<void>;
  /** The reference, once. */
  theirs: () => Promise<void>;
  /** Undoes what `ours` and `theirs` did; untimed, after each of the two. */
  reset?: () => Promise<void>;
  /** How often each side is run. @default 5 */
  runs?: number;
}

/** The outcome of one benchmark, as `npm run bench -- --json` prints it. */
export type Measurement = Measured | Failed;

/** A benchmark that could not be measured, and why. */
export interface Failed {
  name: string;
  error: string;
}

export interface Measured {
  name: string;
  /** Median of the ratios of pairs: both sides of a pair run under the same load. */
  ratio: number;
  goal: number | undefined;
  runs: number;
}

/** Runs both sides in turn, A B A B …, after one uncounted pair, and returns the median ratio. */
export async function measure(benchmark: Benchmark): Promise<Measured> {
  const { name, goal, runs = 5 } = benchmark;
  await benchmark.prepare?.();
  const ratios: number[] = [];
  for (let run = 0; run <= runs; run++) {
    const ours = await seconds(benchmark.ours);
    await benchmark.reset?.();
    const theirs = await seconds(benchmark.theirs);
    await benchmark.reset?.();
    if (run > 0) ratios.push(ours / theirs);
  }
  return { name, ratio: round(median(ratios)), goal, runs };
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const start = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - start) / 1e9;
}

/** Middle value; the mean of the two middle ones for an even count. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low = NaN, high = NaN] = [
    sorted[sorted.length % 2 === 0 ? middle - 1 : middle],
    sorted[middle],
  ];
  return (low + high) / 2;
}

const round = (value: number): number => Math.round(value * 100) / 100;
