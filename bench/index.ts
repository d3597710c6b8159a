import type { Layout } from "../sandbox/layout";
import type { Benchmark } from "./benchmark";

/** Every benchmark, in the order in which they are run. */
export const benchmarks = (layout: Layout): Benchmark[] => [];
