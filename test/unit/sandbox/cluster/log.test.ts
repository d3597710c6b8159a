import * as assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { boundLog, logTail, openLog } from "../../../../sandbox/cluster/supervisor/log";
import { readStatus, writeStatus } from "../../../../sandbox/cluster/supervisor/status";

describe("logs of processes", () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "slipway-log-"));
    path = join(folder, "deep", "daemon.log");
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it("begins anew at each start, keeps the previous one, and is for its owner only", () => {
    writeSync(openLog(path), "first run\n");
    const log = openLog(path);
    writeSync(log, "second run\n");
    assert.equal(readFileSync(`${path}.1`, "utf8"), "first run\n");
    assert.equal(readFileSync(path, "utf8"), "second run\n");
    assert.equal(statSync(path).mode & 0o777, 0o600);
  });

  it("is cut when it is too long, and continues at its beginning", () => {
    const log = openLog(path);
    writeSync(log, "a line that is too long\n");
    boundLog(path, log, 1_000);
    assert.equal(statSync(path).size, 24);
    boundLog(path, log, 10);
    writeSync(log, "next\n");
    assert.equal(readFileSync(path, "utf8"), "next\n");
    assert.equal(readFileSync(`${path}.1`, "utf8"), "a line that is too long\n");
  });

  it("shows its last lines", () => {
    const numbers = Array.from({ length: 50 }, (_, index) => `${index}`);
    writeSync(openLog(path), `${numbers.join("\n")}\n`);
    assert.deepEqual(logTail(path, 3), ["47", "48", "49"]);
    writeFileSync(path, "\n");
    assert.deepEqual(logTail(path), []);
    assert.deepEqual(logTail(join(folder, "none")), []);
  });
});

describe("status file", () => {
  const folder = mkdtempSync(join(tmpdir(), "slipway-status-"));
  const path = join(folder, "status.json");
  after(() => {
    rmSync(folder, { recursive: true });
  });

  it("contains what was written", () => {
    const unit = { name: "etcd", state: "ready" as const, restarts: 0, since: "x", log: "/l" };
    const status = { revision: "r", stopping: false, units: [unit] };
    writeStatus(path, status);
    assert.deepEqual(readStatus(path), status);
  });

  for (const text of ["", "{", "{}", '{"revision":1,"stopping":false,"units":[]}']) {
    it(`is no status: ${JSON.stringify(text)}`, () => {
      writeFileSync(path, text);
      assert.equal(readStatus(path), undefined);
    });
  }
});
