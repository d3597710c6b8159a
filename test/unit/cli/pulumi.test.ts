import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { pulumi } from "../../../src/cli/pulumi";
import { OwnRuns } from "../../../src/engine/own-runs";
import { checkout } from "../../../components/shared/system/checkout";

describe("pulumi as a command of ours runs it", () => {
  const stack = `unit-${process.pid}`;
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "slipway-pulumi-test-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });
  /** Runs it with a script in place of pulumi, and returns the calls of that script. */
  const run = async (script: string, verb: "up" | "preview" = "up"): Promise<string[]> => {
    const text = `#!/bin/sh\necho "$1" >> "${folder}/asked"\n${script}\n`;
    writeFileSync(join(folder, "pulumi"), text, { mode: 0o755 });
    await pulumi({ PATH: `${folder}:/usr/bin:/bin` }, verb, { stack, flags: [] });
    return readFileSync(join(folder, "asked"), "utf8").trim().split("\n");
  };
  /** Reports that a process holds the stack, until it is cancelled. */
  const lockedBy = (pid: number): string =>
    [
      `[ "$1" = cancel ] && : > "${folder}/free" && exit 0`,
      `[ -e "${folder}/free" ] && exit 0`,
      `echo "the stack is currently locked by 1 lock(s)" >&2`,
      `echo "x: created by li@${hostname()} (pid ${pid}) at now" >&2`,
      "exit 255",
    ].join("\n");

  for (const verb of ["up", "preview"] as const)
    it(`clears the lock of a killed run of this checkout, and continues: ${verb}`, async () => {
      const killed = execa("sleep", ["60"], { reject: false });
      new OwnRuns(checkout, stack).began(killed.pid);
      killed.kill("SIGKILL");
      await killed;
      assert.deepEqual(await run(lockedBy(killed.pid ?? 0), verb), [verb, "cancel", verb]);
    });

  it("leaves another's lock, and names its holder", async () => {
    await assert.rejects(run(lockedBy(process.pid)), (error: Error & { exitCode?: number }) => {
      assert.match(error.message, /is being updated by li on .* which still runs: wait for it/);
      return error.exitCode === 2;
    });
    assert.equal(readFileSync(join(folder, "asked"), "utf8"), "up\n");
  });
});
