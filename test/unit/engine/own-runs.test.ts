import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { Engine } from "../../../src/engine/engine";
import type { ProgramHost } from "../../../src/engine/program-host";
import { OwnRuns } from "../../../src/engine/own-runs";

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

  it("is ours to clear once its process is gone, by one of two callers", async () => {
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

  /** A folder with a `pulumi` that records its calls, and fails the first time, because this process holds the stack. */
  const heldOnce = (name: string): string => {
    const folder = join(checkout, name);
    mkdirSync(folder);
    const words = `the stack is currently locked by 1 lock(s)\nx: created by li@${hostname()} (pid ${process.pid}) at now`;
    const script = `#!/bin/sh\necho "$@" >> "${folder}/asked"\n[ -e "${folder}/free" ] && exit 0\n: > "${folder}/free"\necho "${words}" >&2\nexit 1\n`;
    writeFileSync(join(folder, "pulumi"), script, { mode: 0o755 });
    return folder;
  };

  it("is told at once where its process is gone, and not waited for", async () => {
    const folder = join(checkout, "bin");
    mkdirSync(folder);
    const words = `the stack is currently locked by 1 lock(s)\nx: created by li@${hostname()} (pid ${2 ** 22}) at now`;
    const script = `#!/bin/sh\necho asked >> "${folder}/asked"\necho "${words}" >&2\nexit 1\n`;
    writeFileSync(join(folder, "pulumi"), script, { mode: 0o755 });
    const engine = new Engine(checkout, "test", { PATH: folder }, { timeout: 60 });
    const started = Date.now();
    await assert.rejects(engine.up(), /That process is gone\. .*pulumi cancel --stack test/);
    assert.ok(Date.now() - started < 30_000);
    assert.equal(readFileSync(join(folder, "asked"), "utf8"), "asked\nasked\n");
  });

  it("is waited for while its process runs, and the run that follows is limited as the first was", async () => {
    const folder = heldOnce("waits");
    const assigned: unknown[] = [];
    const start = () =>
      ({
        assign: (what: unknown) => Promise.resolve(`127.0.0.1:${assigned.push(what)}`),
        end: () => undefined,
      }) as unknown as ProgramHost;
    const engine = new Engine(
      checkout,
      "test",
      { PATH: `${folder}:/bin:/usr/bin` },
      { timeout: 60, start },
    );
    await engine.up({ limits: { project: "Web", targets: [] } });
    const asked = readFileSync(join(folder, "asked"), "utf8").trim().split("\n");
    assert.deepEqual(assigned, [{ only: "Web" }, { only: "Web" }]);
    assert.deepEqual(
      asked.map((line) => /--client \S+/.exec(line)?.[0]),
      ["--client 127.0.0.1:1", "--client 127.0.0.1:2"],
    );
  });

  it("is waited for by what changes the state alone, too", async () => {
    const folder = heldOnce("state");
    const env = { PATH: `${folder}:/bin:/usr/bin` };
    await new Engine(checkout, "test", env, { timeout: 60 }).change("state", "unprotect", "urn");
    const asked = "state unprotect urn --yes --stack test --non-interactive\n";
    assert.equal(readFileSync(join(folder, "asked"), "utf8"), asked + asked);
    rmSync(join(folder, "free"));
    await assert.rejects(new Engine(checkout, "test", env).change("state", "unprotect", "urn"), {
      kind: "locked",
    });
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
