import * as assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { limitedTo, onlyProject } from "../../../src/settings/only";
import { checkout } from "../../../sandbox/layout";

describe("the one project that a run is about", () => {
  const told = limitedTo("Shop.Api");
  const [, value = ""] = Object.entries(told)[0] ?? [];

  it("is believed when the command that says it started the engine above", () => {
    assert.equal(onlyProject(told, [4711, process.pid, 1]), "Shop.Api");
  });

  it("is told to a process two below", function () {
    // Elsewhere a process cannot tell what is above it, and believes nobody: `nobody knows what is above`.
    if (process.platform !== "linux") this.skip();
    const ask = `require("${checkout}/node_modules/ts-node/register/transpile-only");
      process.stdout.write(String(require("${checkout}/src/settings/only").onlyProject(process.env)))`;
    const between = `process.stdout.write(require("node:child_process").execFileSync(process.execPath, ["-e", ${JSON.stringify(ask)}]))`;
    const env = { ...process.env, ...told };
    const printed = execFileSync(process.execPath, ["-e", between], { env, encoding: "utf8" });
    assert.equal(printed, "Shop.Api");
  });

  const unbelieved: Record<string, [NodeJS.ProcessEnv, number[]]> = {
    "nothing says it": [{}, [process.pid]],
    "a shell exports it, and no such process is above": [told, [4711, 1]],
    "nobody knows what is above": [told, []],
    "it names no process": [{ SLIPWAY_ONLY: "Shop.Api" }, [process.pid]],
    "it names no project": [{ SLIPWAY_ONLY: value.replace(/ .*/, "") }, [process.pid]],
  };
  for (const [why, [env, ancestors]] of Object.entries(unbelieved)) {
    it(`is all of them when ${why}`, () => {
      assert.equal(onlyProject(env, ancestors), undefined);
    });
  }

  it("is all of them for a process whose starter has ended", () => {
    const { pid } = spawnSync(process.execPath, ["-e", ""]);
    assert.equal(onlyProject({ SLIPWAY_ONLY: `${pid} Shop.Api` }), undefined);
  });
});
