import { execa } from "execa";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";
import type { Layout } from "../sandbox/layout";
import { sessionEnv } from "../sandbox/session";
import type { Benchmark } from "./benchmark";
import { checkout } from "../components/shared/system/checkout";

/** From `node` to the program's first registered resource, against `node` importing the two SDKs and ending. */
export function startBenchmark(layout: Layout): Benchmark {
  const env = sessionEnv(layout);
  const node = async (...args: string[]): Promise<void> => {
    await execa(process.execPath, args, { cwd: checkout, env });
  };
  return {
    name: "start of the program to its first resource / importing the SDKs",
    goal: 1.3,
    runs: 9,
    ours: () => node("-e", firstResource()),
    theirs: () => node("-e", 'require("@pulumi/pulumi"); require("@pulumi/kubernetes");'),
  };
}

/** Runs the program on mocks with the config of stack test, and ends at the first resource. */
function firstResource(): string {
  const stack = load(readFileSync(join(checkout, "Pulumi.test.yaml"), "utf8")) as {
    config: Record<string, unknown>;
  };
  const entries = Object.entries(stack.config).map(([key, value]) => [
    key,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  return `
    const pulumi = require("@pulumi/pulumi");
    pulumi.runtime.setAllConfig(${JSON.stringify(Object.fromEntries(entries))});
    // Not exit: the SDK would then count the promises that are still open and call it a failure.
    const end = () => process.reallyExit(0);
    pulumi.runtime
      .setMocks({ newResource: end, call: () => ({ outputs: {} }) }, "slipway", "test", true, "bench")
      .then(() => require("./bin/program.cjs")());
  `;
}
