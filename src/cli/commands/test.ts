import { Argument, Command } from "commander";
import { execa } from "execa";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { UserError } from "../../../components/shared/problem";
import { isolationProblem, stopCluster } from "../../../sandbox/cluster";
import { checkout, layout, type Layout } from "../../../sandbox/layout";
import { silent } from "../../../sandbox/progress";
import { cleaningUp } from "../interrupt";
import { closingLine, needsSandbox, rings, sum, type Counts, type Ring } from "../rings";
import { openSandbox } from "../sandbox";

/** The tests' own sandbox, apart from the one a person may have running. */
const testSandbox = "test";

const CountsFile = z.strictObject({ passed: z.int(), failed: z.int(), skipped: z.int() });

/** `slipway test [ring…]`: every ring, in order, each as one mocha run; one plain line at the end. */
export const test = (): Command =>
  new Command("test")
    .description("run the tests; they start and remove a sandbox of their own where they need one")
    .addArgument(new Argument("[rings...]", "which rings, default all").choices(rings))
    .option("--grep <pattern>", "only tests whose title matches")
    .option("--keep", "leave the tests' sandbox running, to look at it or to run again faster")
    .action(async (names: Ring[], options: { grep?: string; keep?: boolean }) => {
      const chosen = rings.filter((ring) => names.length === 0 || names.includes(ring));
      const env = { ...process.env, SLIPWAY_SANDBOX_NAME: testSandbox };
      const here = layout(env);
      const runRings = async (interrupted: AbortSignal): Promise<void> => {
        if (chosen.some(needsSandbox)) await openSandbox(here);
        const counts = await runChosen(chosen, here, { grep: options.grep, interrupted });
        const total = sum(counts);
        console.log(closingLine(total));
        if (total.failed > 0) process.exitCode = 1;
      };
      await cleaningUp(runRings, async () => {
        if (chosen.some(needsSandbox) && options.keep !== true) {
          await stopCluster(here, silent, { keepData: false });
        }
      });
    });

interface RunOptions {
  grep: string | undefined;
  interrupted: AbortSignal;
}

/** Tests on hosts of their own: of the machine ring, but no sandbox's business. */
const onHosts = "room/";

/**
 * One ring after the other; but for the tests on hosts, which take a quarter of the machine ring's hour and go on beside the
 * engine's, where that is run too: they share nothing with its sandbox. What they say is told when both have ended.
 */
async function runChosen(
  chosen: readonly Ring[],
  here: Layout,
  { grep, interrupted }: RunOptions,
): Promise<Counts[]> {
  const failed = new AbortController();
  const options = { grep, interrupted: AbortSignal.any([interrupted, failed.signal]) };
  const counts: Counts[] = [];
  const besides = chosen.includes("engine") && chosen.includes("machine");
  try {
    for (const ring of chosen) {
      if (ring === "engine" && besides) {
        const [engine, { told, counted }] = await Promise.all([
          runRing(ring, here, options),
          runQuietly("machine", here, options),
        ]);
        console.log(told);
        counts.push(engine, counted);
      } else {
        counts.push(
          await runRing(ring, here, {
            ...options,
            ...(besides && ring === "machine" ? { except: onHosts } : {}),
          }),
        );
      }
    }
    return counts;
  } catch (error) {
    failed.abort();
    throw error;
  }
}

/** Runs the tests on hosts, and tells what they said when they have ended. */
async function runQuietly(
  ring: Ring,
  here: Layout,
  options: RunOptions,
): Promise<{ told: string; counted: Counts }> {
  const scratch = await mkdtemp(join(tmpdir(), "slipway-told-"));
  const file = join(scratch, "told");
  try {
    const counted = await runRing(ring, here, { ...options, only: onHosts, file });
    return { told: await readFile(file, "utf8"), counted };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function runRing(
  ring: Ring,
  here: Layout,
  {
    grep,
    interrupted,
    only = "",
    except,
    file,
  }: RunOptions & { only?: string; except?: string; file?: string },
): Promise<Counts> {
  const reason = ring === "machine" ? isolationProblem() : undefined;
  const title = `\n── ${ring} ${only}${reason === undefined ? "" : `(skipped: ${reason}) `}──`;
  if (file === undefined) console.log(title);
  else await writeFile(file, `${title}\n`);
  const scratch = await mkdtemp(join(tmpdir(), "slipway-test-"));
  const countsPath = join(scratch, "counts.json");
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
      SLIPWAY_TEST_COUNTS: countsPath,
      ...(reason === undefined ? {} : { SLIPWAY_SKIP_RING: reason }),
    },
  });
  try {
    return CountsFile.parse(JSON.parse(await readFile(countsPath, "utf8")));
  } catch {
    throw new UserError(
      `the ${ring} ring ended before it could count (exit code ${exitCode ?? "none"})`,
    );
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
