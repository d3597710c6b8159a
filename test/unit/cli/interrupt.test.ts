import * as assert from "node:assert/strict";
import { execa } from "execa";
import { join } from "node:path";
import { checkout } from "../../../components/shared/system/checkout";

/** `cleaningUp` in a process of its own, which ends like the child of a person's shell. */
describe("a command that leaves something running", () => {
  const run = (work: string) => {
    const program = `
      const { cleaningUp } = require(${JSON.stringify(join(checkout, "src", "cli", "interrupt.ts"))});
      const cleanUp = async () => console.log("cleaned up");
      cleaningUp(async (interrupted) => { ${work} }, cleanUp).catch((error) => {
        console.log(error.message);
        process.exitCode = 1;
      });`;
    const args = ["-r", "ts-node/register/transpile-only", "-e", program];
    return execa(process.execPath, args, { cwd: checkout, reject: false });
  };

  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    it(`cleans up when it gets ${signal}, and ends with 1`, async () => {
      const child = run(
        `console.log("at work"); setInterval(() => {}, 1000); await new Promise(() => {});`,
      );
      child.stdout.once("data", () => child.kill(signal));
      const { exitCode, stdout, stderr } = await child;
      assert.deepEqual([exitCode, stdout], [1, "at work\ncleaned up"]);
      assert.match(stderr, new RegExp(`stopped by ${signal}; cleaning up`));
    });
  }

  it("cleans up when its work is done, and when it failed", async () => {
    assert.deepEqual((await run("")).stdout, "cleaned up");
    assert.deepEqual((await run(`throw new Error("no good");`)).stdout, "cleaned up\nno good");
  });
});
