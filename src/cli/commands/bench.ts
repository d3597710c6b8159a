import { Command } from "commander";
import { benchmarks } from "../../../bench";
import { measure, type Benchmark, type Measured, type Measurement } from "../../../bench/benchmark";
import { stopCluster } from "../../../sandbox/cluster";
import { layout } from "../../../sandbox/layout";
import { silent } from "../../../sandbox/progress";
import { UserError } from "../../../components/shared/problem";
import { cleaningUp } from "../interrupt";
import { openSandbox } from "../sandbox";
import { table } from "../table";

/** `slipway bench`: every figure in the documentation, as a ratio of two measurements in this run. */
export const bench = (): Command =>
  new Command("bench")
    .description("measure how fast it is compared with plain tools, as ratios")
    .argument("[pattern]", "only benchmarks whose name contains this", "")
    .option("--json", "print [{name, ratio, goal, runs} or {name, error}]")
    .action(async (pattern: string, { json = false }: { json?: boolean }) => {
      const all = benchmarks(layout()).map(({ name }) => name);
      if (!all.some((name) => name.includes(pattern))) {
        throw new UserError(`no benchmark has ${pattern} in its name: ${all.join(", ")}`, 2);
      }
      const here = layout({ ...process.env, SLIPWAY_SANDBOX_NAME: "bench" });
      const results: Measurement[] = [];
      const measureAll = async (): Promise<void> => {
        await openSandbox(here);
        for (const benchmark of benchmarks(here).filter(({ name }) => name.includes(pattern))) {
          console.error(`measuring ${benchmark.name} …`);
          const result = await measured(benchmark);
          results.push(result);
          // A run that is stopped early has printed the results so far.
          console.error("error" in result ? `failed: ${result.error}` : cells(result).join("  "));
        }
      };
      await cleaningUp(measureAll, () => stopCluster(here, silent, { keepData: false }));
      console.log(json ? JSON.stringify(results, undefined, 2) : resultTable(results));
      if (results.some((result) => "error" in result)) process.exitCode = 1;
    });

/** Runs one benchmark; a failure is a result as well, and the others still run. */
async function measured(benchmark: Benchmark): Promise<Measurement> {
  try {
    return await measure(benchmark);
  } catch (error) {
    return { name: benchmark.name, error: error instanceof Error ? error.message : String(error) };
  }
}

const resultTable = (results: readonly Measurement[]): string =>
  table(
    ["benchmark", "ratio", "goal", "runs"],
    results.map((result) => ("error" in result ? [result.name, "failed", "", ""] : cells(result))),
  );

const cells = ({ name, ratio, goal, runs }: Measured): string[] => [
  name,
  ratio.toFixed(2),
  goal === undefined ? "" : `≤ ${goal.toFixed(2)}`,
  `${runs}`,
];
