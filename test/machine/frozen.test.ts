import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hierarchies, removeTree, thawTree } from "../../sandbox/cluster/isolation/cgroups";

describe("a group in which a process is stopped", () => {
  it("can be removed once it is thawed: before, no SIGKILL ends the process", async function () {
    const freezers = [
      ["freezer.state", "FROZEN"],
      ["cgroup.freeze", "1"],
    ] as const;
    for (const { path } of hierarchies()) {
      const group = join(path, `slipway-frozen-${process.pid}`);
      mkdirSync(join(group, "inner"), { recursive: true });
      const [freezer] = freezers.filter(([file]) => existsSync(join(group, "inner", file)));
      if (freezer === undefined) {
        removeTree(group);
        continue;
      }
      const child = spawn("sleep", ["60"]);
      const ended = once(child, "close");
      writeFileSync(join(group, "inner", "cgroup.procs"), String(child.pid));
      writeFileSync(join(group, "inner", freezer[0]), freezer[1]);
      child.kill("SIGKILL");
      thawTree(group);
      await ended;
      removeTree(group);
      assert.ok(!existsSync(group));
      return;
    }
    // Neither version's freezer is available here.
    this.skip();
  });
});
