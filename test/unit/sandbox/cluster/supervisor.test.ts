import * as assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { backoff, type Timing } from "../../../../sandbox/cluster/supervisor/runner";
import {
  readStatus,
  type UnitState,
  type UnitStatus,
} from "../../../../sandbox/cluster/supervisor/status";
import { startOrder, Supervisor } from "../../../../sandbox/cluster/supervisor/supervisor";
import type { Unit } from "../../../../sandbox/cluster/unit";

const timing: Timing = {
  probeEvery: 5,
  recheckEvery: 10,
  firstBackoff: 5,
  lastBackoff: 20,
  settleAfter: 50,
  stableAfter: 60_000,
};

describe("supervisor", () => {
  let folder = "";
  let supervisor: Supervisor | undefined;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "slipway-supervisor-"));
  });

  afterEach(async () => {
    await supervisor?.stop();
    rmSync(folder, { recursive: true });
  });

  const file = (name: string) => join(folder, name);

  /** A unit that runs a line of shell in the test's folder. */
  const unit = (name: string, line: string, rest: Partial<Unit> = {}): Unit => ({
    name,
    command: ["/bin/sh", "-c", `cd ${folder}; ${line}`],
    after: [],
    ...rest,
  });

  function start(units: Unit[]): Supervisor {
    supervisor = new Supervisor(
      {
        revision: "r1",
        environment: { PATH: "/usr/bin:/bin" },
        logFolder: folder,
        statusFile: file("status.json"),
        units,
      },
      timing,
    );
    supervisor.start();
    return supervisor;
  }

  /** The unit in the status file, once it is in that state. */
  async function reaches(
    name: string,
    state: UnitState,
    also: (unit: UnitStatus) => boolean = isAny,
  ): Promise<UnitStatus> {
    for (let attempt = 0; attempt < 400; attempt += 1) {
      const status = readStatus(file("status.json"));
      const found = status?.units.find((each) => each.name === name);
      if (found?.state === state && also(found)) return found;
      await pause(10);
    }
    return assert.fail(`${name} is not ${state}: ${JSON.stringify(supervisor?.status)}`);
  }
  const isAny = () => true;

  it("starts a unit only when those before it are ready", async () => {
    start([
      unit("second", "test -e first.ready", { after: ["first"], task: true }),
      unit("first", "sleep 0.1; touch first.ready; exec sleep 100", {
        ready: { kind: "file", path: file("first.ready") },
      }),
    ]);
    assert.equal((await reaches("second", "done")).restarts, 0);
  });

  it("runs a task until it has ended with 0, then what comes after it", async () => {
    start([
      unit("task", "test -e tried || { touch tried; exit 1; }", { task: true }),
      unit("after", "exec sleep 100", { after: ["task"] }),
    ]);
    await reaches("after", "ready");
    assert.equal((await reaches("task", "done")).restarts, 1);
  });

  it("calls a unit failing that ends again and again, keeps trying, and leaves others waiting", async () => {
    start([unit("bad", "exit 3"), unit("after", "exec sleep 100", { after: ["bad"] })]);
    const bad = await reaches("bad", "failing", ({ restarts }) => restarts > 5);
    assert.equal((await reaches("after", "waiting")).restarts, 0);
    assert.ok(bad.restarts > 5);
  });

  it("reports how a unit ended", async () => {
    start([
      unit("code", "exit 7"),
      unit("signal", "kill -9 $$"),
      { name: "missing", command: ["/no/such/program"], after: [] },
    ]);
    const problem = async (name: string) =>
      (await reaches(name, "failing", (status) => status.process === undefined)).problem;
    assert.equal(await problem("code"), "ended with 7");
    assert.equal(await problem("signal"), "killed by SIGKILL");
    assert.match((await problem("missing")) ?? "", /ENOENT/);
  });

  it("starts a killed unit again, as another process", async () => {
    start([unit("daemon", "exec sleep 100")]);
    const before = await reaches("daemon", "ready");
    process.kill(before.process?.pid ?? 0, "SIGKILL");
    const after = await reaches("daemon", "ready", ({ restarts }) => restarts === 1);
    assert.notDeepEqual(after.process, before.process);
  });

  it("notices that a ready unit is not so any more, and that it is again", async () => {
    const ready = file("ready");
    writeFileSync(ready, "");
    start([unit("daemon", "exec sleep 100", { ready: { kind: "file", path: ready } })]);
    await reaches("daemon", "ready");
    rmSync(ready);
    assert.match((await reaches("daemon", "unready")).problem ?? "", /ENOENT/);
    writeFileSync(ready, "");
    assert.equal((await reaches("daemon", "ready")).restarts, 0);
  });

  it("stops in reverse order, by force what does not obey", async () => {
    const mark = (name: string) =>
      `trap 'echo ${name} >>stopped; exit' TERM; touch ${name}.up; while :; do sleep 0.01; done`;
    const up = (name: string) => ({ ready: { kind: "file", path: file(`${name}.up`) } as const });
    start([
      unit("store", mark("store"), up("store")),
      unit("server", mark("server"), { ...up("server"), after: ["store"] }),
      unit("client", mark("client"), { ...up("client"), after: ["server"] }),
      unit("deaf", "trap '' TERM; touch deaf.up; while :; do sleep 0.01; done", {
        ...up("deaf"),
        after: ["store"],
        stopSeconds: 0.1,
      }),
    ]);
    for (const name of ["client", "deaf"]) await reaches(name, "ready");
    await supervisor?.stop();
    assert.equal(readFileSync(file("stopped"), "utf8"), "client\nserver\nstore\n");
    const states = readStatus(file("status.json"))?.units.map(({ state }) => state);
    assert.deepEqual(new Set(states), new Set(["stopped"]));
  });

  it("runs a unit's stop command before SIGTERM", async () => {
    const line = "trap 'echo stop >>told; exit' TERM; touch up; while :; do sleep 0.01; done";
    const beforeStop = ["/bin/sh", "-c", `echo before >>${file("told")}`];
    start([unit("daemon", line, { beforeStop, ready: { kind: "file", path: file("up") } })]);
    await reaches("daemon", "ready");
    await supervisor?.stop();
    assert.equal(readFileSync(file("told"), "utf8"), "before\nstop\n");
  });

  it("gives a unit its log and the small environment only", async () => {
    process.env["SLIPWAY_SECRET_OF_CALLER"] = "x";
    start([unit("env", "env", { task: true, env: { OWN: "1" } })]);
    const { log } = await reaches("env", "done");
    const lines = readFileSync(log, "utf8").trim().split("\n");
    const names = lines.map((line) => line.split("=")[0] ?? "").sort();
    assert.deepEqual(
      names.filter((name) => !name.includes("PWD")),
      ["OWN", "PATH"],
    );
  });
});

describe("order of units", () => {
  const unit = (name: string, ...after: string[]): Unit => ({
    name,
    command: ["/bin/true"],
    after,
  });

  it("puts each after those it names", () => {
    const order = startOrder([unit("c", "b"), unit("a"), unit("b", "a")]).map(({ name }) => name);
    assert.deepEqual(order, ["a", "b", "c"]);
  });

  const refused: [string, Unit[], RegExp][] = [
    ["a circle", [unit("a", "b"), unit("b", "a")], /a after b; b after a/],
    ["an unknown name", [unit("a", "nowhere")], /a after nowhere/],
    ["a name given twice", [unit("a"), unit("a")], /named twice: a/],
  ];
  for (const [what, units, message] of refused) {
    it(`refuses ${what}`, () => {
      const specification = {
        revision: "",
        environment: {},
        logFolder: "/nowhere",
        statusFile: "/nowhere",
        units,
      };
      assert.throws(() => new Supervisor(specification), message);
    });
  }
});

describe("backoff", () => {
  const cases: [failures: number, milliseconds: number][] = [
    ...([
      [1, 5],
      [2, 10],
      [3, 20],
      [4, 20],
      [40, 20],
    ] as [number, number][]),
  ];
  for (const [failures, milliseconds] of cases) {
    it(`waits ${milliseconds} ms after failure ${failures}`, () => {
      assert.equal(backoff(failures, timing), milliseconds);
    });
  }
});
