import Table from "cli-table3";
import { Command } from "commander";
import { benchmarks } from "../../../bench";
import { measure, type Result } from "../../../bench/benchmark";
import { layout } from "../../../sandbox/layout";
import { openSandbox } from "../sandbox";

/** `slipway bench`: every figure of the documentation, as ratios measured side by side in this run. */
export const bench = (): Command =>
  new Command("bench")
    .description("measure the figures of the documentation, as ratios")
    .argument("[pattern]", "only benchmarks whose name contains this", "")
    .option("--json", "print [{name, ratio, goal, runs}]")
    .action(async (pattern: string, { json = false }: { json?: boolean }) => {
      const here = layout({ ...process.env, SLIPWAY_SANDBOX_NAME: "bench" });
      await openSandbox(here);
      const results: Result[] = [];
      for (const benchmark of benchmarks(here).filter(({ name }) => name.includes(pattern))) {
        console.error(`measuring ${benchmark.name} …`);
        results.push(await measure(benchmark));
      }
      console.log(json ? JSON.stringify(results, undefined, 2) : table(results));
    });

function table(results: readonly Result[]): string {
  const rows = new Table({ head: ["benchmark", "ratio", "goal", "runs"], style: { head: [] } });
  for (const { name, ratio, goal, runs } of results) {
    rows.push([name, ratio.toFixed(2), `≤ ${goal.toFixed(2)}`, String(runs)]);
  }
  return rows.toString();
}
