import { Argument, Command } from "commander";
import { execa } from "execa";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UserError } from "../../../components/shared/problem";
import { isolationProblem, stopCluster } from "../../../sandbox/cluster";
import { layout, type Layout } from "../../../sandbox/layout";
import { silent } from "../../../sandbox/progress";
import { cleaningUp } from "../interrupt";
import {
  closingLine,
  failureList,
  MochaResult,
  needsSandbox,
  rings,
  suiteTable,
  sum,
  testTable,
  type Ring,
} from "../rings";
import { openSandbox } from "../sandbox";
import { checkout } from "../../../components/shared/system/checkout";

/** The tests' own sandbox, apart from the user's. */
const testSandbox = "test";

/** How many tests `--slowest` prints. */
const slowest = 20;

interface Options {
  grep?: string;
  keep?: boolean;
  all?: boolean;
  slowest?: boolean;
}

/** `slipway test [ring…]`: every ring, in order, each as one mocha run; one plain line at the end. */
export const test = (): Command =>
  new Command("test")
    .description("run the tests; they start and remove a sandbox of their own where they need one")
    .addArgument(new Argument("[rings...]", "which rings, default all").choices(rings))
    .option("--all", "also what takes long: every kill, load, room, upgrade and backend")
    .option("--grep <pattern>", "only tests whose title matches, of all that there are")
    .option("--slowest", `name the ${slowest} slowest tests, besides how long each suite took`)
    .option("--keep", "leave the tests' sandbox running, to look at it or to run again faster")
    .action(async (names: Ring[], options: Options) => {
      const chosen = rings.filter((ring) => names.length === 0 || names.includes(ring));
      const env = { ...process.env, SLIPWAY_SANDBOX_NAME: testSandbox };
      const here = layout(env);
      const { grep } = options;
      const all = options.all === true || grep !== undefined;
      const runRings = async (interrupted: AbortSignal): Promise<void> => {
        if (chosen.some(needsSandbox)) await openSandbox(here);
        const results = await runChosen(chosen, here, { grep, all, interrupted });
        console.log(`\n${suiteTable(results)}`);
        if (options.slowest === true) console.log(`\n${testTable(results, slowest)}`);
        const total = sum(results);
        if (total.failed > 0) console.log(`\n${failureList(results)}`);
        console.log(`\n${closingLine(total)}`);
        if (total.failed > 0) process.exitCode = 1;
        if (grep !== undefined && total.passed + total.failed + total.skipped === 0)
          throw new UserError(`no test of these rings has a title that matches ${grep}`);
      };
      await cleaningUp(runRings, async () => {
        if (chosen.some(needsSandbox) && options.keep !== true) {
          await stopCluster(here, silent, { keepData: false });
        }
      });
    });

interface RunOptions {
  grep: string | undefined;
  all: boolean;
  interrupted: AbortSignal;
}

/** Tests on hosts of their own: part of the machine ring, but without its sandbox. */
const onHosts = "room/";

/**
 * Runs the rings in sequence. The tests on hosts take a quarter of the machine ring's hour and share nothing with its sandbox, so
 * they run in parallel with the engine ring if both are selected. Their output is printed after both have ended.
 */
async function runChosen(
  chosen: readonly Ring[],
  here: Layout,
  { grep, all, interrupted }: RunOptions,
): Promise<MochaResult[]> {
  const failed = new AbortController();
  const options = { grep, all, interrupted: AbortSignal.any([interrupted, failed.signal]) };
  const results: MochaResult[] = [];
  const besides = chosen.includes("engine") && chosen.includes("machine");
  try {
    for (const ring of chosen) {
      if (ring === "engine" && besides) {
        const [engine, { output, result }] = await Promise.all([
          runRing(ring, here, options),
          runQuietly("machine", here, options),
        ]);
        console.log(output);
        results.push(engine, result);
      } else {
        results.push(
          await runRing(ring, here, {
            ...options,
            ...(besides && ring === "machine" ? { except: onHosts } : {}),
          }),
        );
      }
    }
    return results;
  } catch (error) {
    failed.abort();
    throw error;
  }
}

/** Runs the tests on hosts, and prints their output at the end. */
async function runQuietly(
  ring: Ring,
  here: Layout,
  options: RunOptions,
): Promise<{ output: string; result: MochaResult }> {
  const scratch = await mkdtemp(join(tmpdir(), "slipway-output-"));
  const file = join(scratch, "output");
  try {
    const result = await runRing(ring, here, { ...options, only: onHosts, file });
    return { output: await readFile(file, "utf8"), result };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function runRing(
  ring: Ring,
  here: Layout,
  {
    grep,
    all,
    interrupted,
    only = "",
    except,
    file,
  }: RunOptions & { only?: string; except?: string; file?: string },
): Promise<MochaResult> {
  const reason = ring === "machine" ? isolationProblem() : undefined;
  const title = `\n── ${ring} ${only}${reason === undefined ? "" : `(skipped: ${reason}) `}──`;
  if (file === undefined) console.log(title);
  else await writeFile(file, `${title}\n`);
  const scratch = await mkdtemp(join(tmpdir(), "slipway-test-"));
  const resultPath = join(scratch, "result.json");
  const mocha = join(checkout, "node_modules", "mocha", "bin", "mocha.js");
  const args = [
    mocha,
    `test/${ring}/${only}**/*.test.ts`,
    ...(except === undefined ? [] : ["--ignore", `test/${ring}/${except}**`]),
    ...(grep === undefined ? [] : ["--grep", grep]),
  ];
  const { exitCode } = await execa(process.execPath, args, {
    cwd: checkout,
    stdin: "inherit",
    ...(file === undefined
      ? { stdout: "inherit", stderr: "inherit" }
      : { stdout: { file, append: true }, stderr: { file, append: true } }),
    reject: false,
    cancelSignal: interrupted,
    env: {
      SLIPWAY_SANDBOX_NAME: here.name,
      SLIPWAY_TEST_STATE: here.state,
      SLIPWAY_TEST_RESULT: resultPath,
      SLIPWAY_TEST_ALL: `${all}`,
      ...(reason === undefined ? {} : { SLIPWAY_SKIP_RING: reason }),
    },
  });
  try {
    return MochaResult.parse(JSON.parse(await readFile(resultPath, "utf8")));
  } catch {
    throw new UserError(
      `the ${ring} ring ended before it could count (exit code ${exitCode ?? "none"})`,
    );
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
