import * as assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { failure, hasFailed, summary } from "../../../../sandbox/cluster/follow";
import type { UnitState, UnitStatus } from "../../../../sandbox/cluster/supervisor/status";

const begin = Date.parse("2026-01-01T00:00:00Z");
const unit = (name: string, state: UnitState, rest: Partial<UnitStatus> = {}): UnitStatus => ({
  name,
  state,
  restarts: 0,
  since: new Date(begin).toISOString(),
  log: "/none",
  ...rest,
});

describe("following a start", () => {
  it("reports how many of how many are ready, for how long, and which it waits for", () => {
    const units = [
      ...[unit("etcd", "ready"), unit("objects", "done"), unit("kubelet", "starting")],
      ...[unit("kwok", "backoff"), unit("coredns", "waiting")],
    ];
    assert.equal(
      summary({ revision: "r", stopping: false, units }, 6_400),
      "2 of 5 processes ready (6 s), waiting for kubelet, kwok",
    );
  });

  const verdicts: [state: UnitState, seconds: number, failed: boolean][] = [
    ["starting", 5, false],
    ["starting", 119, false],
    ["starting", 121, true],
    ["backoff", 300, false],
    ["failing", 0, true],
    ["ready", 9_999, false],
    ["waiting", 9_999, false],
  ];
  for (const [state, seconds, failed] of verdicts) {
    it(`${failed ? "gives up on" : "waits for"} a unit that is ${state} for ${seconds} s`, () => {
      assert.equal(hasFailed(unit("etcd", state), begin + seconds * 1_000), failed);
    });
  }

  it("reports which unit failed and why, with its last 20 lines and the path of its log", () => {
    const folder = mkdtempSync(join(tmpdir(), "slipway-follow-"));
    const log = join(folder, "etcd.log");
    const numbers = Array.from({ length: 30 }, (_, index) => `line ${index + 1}`);
    writeFileSync(log, `${numbers.join("\n")}\n`);
    const text = failure(unit("etcd", "failing", { log, problem: "ended with 2" }));
    rmSync(folder, { recursive: true });
    assert.deepEqual(text.split("\n"), [
      "the sandbox does not start: etcd ends again and again: ended with 2",
      "its last lines:",
      ...numbers.slice(-20).map((line) => `  ${line}`),
      `log: ${log}`,
    ]);
  });
});
