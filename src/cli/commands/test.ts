import { Argument, Command } from "commander";
import { execa } from "execa";
import { mkdtemp, readFile, rm } from "node:fs/promises";
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
        const counts: Counts[] = [];
        for (const ring of chosen) {
          counts.push(await runRing(ring, here, { grep: options.grep, interrupted }));
        }
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

async function runRing(
  ring: Ring,
  here: Layout,
  { grep, interrupted }: { grep: string | undefined; interrupted: AbortSignal },
): Promise<Counts> {
  const reason = ring === "machine" ? isolationProblem() : undefined;
  console.log(`\n── ${ring} ${reason === undefined ? "" : `(skipped: ${reason}) `}──`);
  const scratch = await mkdtemp(join(tmpdir(), "slipway-test-"));
  const countsPath = join(scratch, "counts.json");
  const mocha = join(checkout, "node_modules", "mocha", "bin", "mocha.js");
  const args = [
    mocha,
    `test/${ring}/**/*.test.ts`,
    ...(grep === undefined ? [] : ["--grep", grep]),
  ];
  const { exitCode } = await execa(process.execPath, args, {
    cwd: checkout,
    stdio: "inherit",
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
