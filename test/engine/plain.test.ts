import * as assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { clusterStatus, startCluster, stopCluster } from "../../sandbox/cluster";
import { accessOf, ApiClient } from "../../sandbox/cluster/api";
import { identify } from "../../components/shared/system/process";
import { currentRun } from "../../sandbox/cluster/run";
import { layout } from "../../sandbox/layout";
import { silent } from "../../sandbox/progress";
import { toolchain } from "../../sandbox/toolchain/build";
import { catalogue, sandboxTools, type ToolSpec } from "../../sandbox/toolchain/catalogue";
import { listeners } from "../support/cluster";
import { walkAll } from "../support/suites";

/** What an ordinary user gets, or one without Linux: a sandbox for this test alone, beside that of the others. */
walkAll("a sandbox whose nodes are all simulated", function () {
  this.timeout(120_000);
  const here = layout({ ...process.env, SLIPWAY_SANDBOX_NAME: "plain-test" });
  const tools = sandboxTools.filter((name) => (catalogue[name] as ToolSpec).node !== true);
  const start = () => startCluster(here, toolchain(here, tools), silent, "asked for by a test");
  const pids = () => clusterStatus(here).units.flatMap(({ pid }) => pid ?? []);

  after(() => stopCluster(here, silent, { keepData: false }));

  it("starts as ordinary processes that listen on the loopback only, and reports it", async () => {
    const { mode, ports, simulated, buildkit } = await start();
    assert.equal(mode, "plain");
    assert.equal(buildkit, undefined);
    assert.match(simulated.join("\n"), /All nodes: asked for by a test/);
    const own = new Set(Object.values(ports));
    const found = listeners().filter((each) => own.has(Number(each.split(":").at(-1))));
    assert.ok(found.length >= 6);
    assert.deepEqual(
      found.filter((each) => !each.startsWith("127.0.0.1:")),
      [],
    );
  });

  it("makes any pod ready", async () => {
    const { ports } = await start();
    const api = new ApiClient(accessOf(here, ports, "admin"));
    const pod = "/api/v1/namespaces/default/pods/some";
    await api.apply({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "some", namespace: "default" },
      spec: { containers: [{ name: "main", image: "nobody/has-this:1" }] },
    });
    let phase: string | undefined;
    for (let attempt = 0; attempt < 300 && phase !== "Running"; attempt += 1) {
      phase = ((await api.get(pod)) as { status: { phase?: string } }).status.phase;
      await pause(100);
    }
    api.close();
    assert.equal(phase, "Running");
  });

  it("is restarted, with its data, after its supervisor was killed", async () => {
    await start();
    const orphans = pids();
    process.kill(currentRun(here)?.process.pid ?? assert.fail("no supervisor"), "SIGKILL");
    const { ports } = await start();
    assert.deepEqual(
      orphans.filter((pid) => identify(pid) !== undefined),
      [],
    );
    const api = new ApiClient(accessOf(here, ports, "admin"));
    await api.get("/api/v1/namespaces/default/pods/some");
    api.close();
  });

  it("ends without a trace", async () => {
    await start();
    const processes = pids();
    assert.ok(processes.length >= 6);
    await stopCluster(here, silent, { keepData: false });
    assert.deepEqual(
      processes.filter((pid) => identify(pid) !== undefined),
      [],
    );
    assert.equal(existsSync(here.state), false);
  });
});
