/** The four rings of tests, cheapest first: each proves its point as low as it can. */
export const rings = ["unit", "program", "engine", "machine"] as const;
export type Ring = (typeof rings)[number];

/** Rings that need a running sandbox. */
export const needsSandbox = (ring: Ring): boolean => ring === "engine" || ring === "machine";

/** What one or more runs counted. */
export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** Adds up what several runs counted. */
export function sum(all: readonly Counts[]): Counts {
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const { passed, failed, skipped } of all) {
    total.passed += passed;
    total.failed += failed;
    total.skipped += skipped;
  }
  return total;
}

/** The plain line that a run ends with. */
export const closingLine = ({ passed, failed, skipped }: Counts): string =>
  `${passed} passed, ${failed} failed, ${skipped} skipped`;
