import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { OwnRuns } from "../../../src/release/own-runs";

describe("a lock that a killed run has left", () => {
  const checkout = mkdtempSync(join(tmpdir(), "slipway-runs-"));
  after(() => {
    rmSync(checkout, { recursive: true });
  });
  const runs = new OwnRuns(checkout, "test");
  const holder = (pid: number, host = hostname()) => ({ user: "li", host, pid, since: "" });
  const started = async (): Promise<{ pid: number; kill: () => Promise<void> }> => {
    const child = spawn("sleep", ["60"]);
    await once(child, "spawn");
    return {
      pid: child.pid ?? assert.fail(),
      kill: async () => {
        const gone = once(child, "close");
        child.kill("SIGKILL");
        await gone;
      },
    };
  };

  it("is ours to clear once its process is gone, by one of two who ask", async () => {
    const { pid, kill } = await started();
    runs.began(pid);
    assert.equal(runs.claimDead(holder(pid)), false);
    await kill();
    assert.equal(runs.claimDead(holder(pid, "elsewhere")), false);
    assert.equal(new OwnRuns(checkout, "uat").claimDead(holder(pid)), false);
    const both = [runs, new OwnRuns(checkout, "test")].map((one) => one.claimDead(holder(pid)));
    assert.deepEqual(both, [true, false]);
  });

  it("is not, where it was taken by nobody we know", async () => {
    const { pid, kill } = await started();
    await kill();
    assert.equal(runs.claimDead(holder(pid)), false);
  });

  it("nor where the run ended in order, of which nothing stays", async () => {
    const { pid, kill } = await started();
    const ended = runs.began(pid);
    ended();
    await kill();
    assert.equal(runs.claimDead(holder(pid)), false);
    assert.deepEqual(readdirSync(join(checkout, ".slipway", "runs")), []);
  });
});
