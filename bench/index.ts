import type { Layout } from "../sandbox/layout";
import { applyBenchmark } from "./apply";
import type { Benchmark } from "./benchmark";
import { previewBenchmarks } from "./preview";
import { releaseBenchmarks } from "./release";
import { startBenchmark } from "./start";

/** Every benchmark, in the order in which they are run. */
export const benchmarks = (layout: Layout): Benchmark[] => [
  startBenchmark(layout),
  applyBenchmark(layout),
  ...releaseBenchmarks(layout),
  ...previewBenchmarks(layout),
];
