import * as assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UserError } from "../../../../components/shared/problem";
import {
  cgroupName,
  createCgroups,
  parseHierarchies,
} from "../../../../sandbox/cluster/isolation/cgroups";
import {
  mayLowerOomScore,
  refuseHiddenPaths,
  refuseUnusablePath,
} from "../../../../sandbox/cluster/isolation/isolation";
import { identify, innermostPid, isAlive } from "../../../../components/shared/system/process";

const layout = { name: "test", id: "0123abcd", cache: "/cache", state: "/state/0123abcd" };

describe("control groups", () => {
  const hybrid = `tmpfs /sys/fs/cgroup tmpfs rw 0 0
cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,cpu,cpuacct 0 0
cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0
cgroup /mnt/elsewhere cgroup rw,cpu 0 0
`;
  const tables: [what: string, mounts: string, found: [string, number][]][] = [
    ["version 2", "cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n", [["/sys/fs/cgroup", 2]]],
    [
      ...(["version 1 with 2 beside it", hybrid] as const),
      [
        ["/sys/fs/cgroup/cpu,cpuacct", 1],
        ["/sys/fs/cgroup/unified", 2],
      ],
    ],
    ["none", "proc /proc proc rw 0 0\n", []],
  ];
  for (const [what, mounts, found] of tables) {
    it(`are found: ${what}`, () => {
      assert.deepEqual(
        parseHierarchies(mounts).map(({ path, version }) => [path, version]),
        found,
      );
    });
  }

  /** A folder with files like the kernel's; `mkdir` there creates no further ones, so the test does. */
  function hierarchy(version: 1 | 2, files: Record<string, string>) {
    const path = mkdtempSync(join(tmpdir(), "slipway-cgroup-"));
    for (const group of ["", cgroupName(layout), join(cgroupName(layout), "system")]) {
      mkdirSync(join(path, group), { recursive: true });
      for (const [name, text] of Object.entries(files))
        writeFileSync(join(path, group, name), text);
    }
    return { path, version };
  }

  it("pass all controllers on in version 2, but for the group that holds processes", () => {
    const files = { "cgroup.controllers": "cpu memory pids\n", "cgroup.subtree_control": "" };
    const one = hierarchy(2, files);
    const [procs] = createCgroups(layout, [one]);
    const passedOn = (group: string) =>
      readFileSync(join(one.path, group, "cgroup.subtree_control"), "utf8");
    assert.equal(procs, join(one.path, "slipway-0123abcd", "system", "cgroup.procs"));
    assert.equal(passedOn(""), "+cpu +memory +pids");
    assert.equal(passedOn("slipway-0123abcd"), "+cpu +memory +pids");
    assert.equal(passedOn("slipway-0123abcd/system"), "");
    rmSync(one.path, { recursive: true });
  });

  it("get the processors and the memory of their parent in version 1", () => {
    const one = hierarchy(1, { "cpuset.cpus": "", "cpuset.mems": "" });
    writeFileSync(join(one.path, "cpuset.cpus"), "0-1\n");
    writeFileSync(join(one.path, "cpuset.mems"), "0\n");
    createCgroups(layout, [one]);
    for (const group of ["slipway-0123abcd", "slipway-0123abcd/system"]) {
      assert.equal(readFileSync(join(one.path, group, "cpuset.cpus"), "utf8"), "0-1\n");
      assert.equal(readFileSync(join(one.path, group, "cpuset.mems"), "utf8"), "0\n");
    }
    rmSync(one.path, { recursive: true });
  });
});

describe("places of the sandbox", () => {
  const hidden = [
    "/run/user/0/slipway",
    "/var/lib/jenkins/.local/state/slipway/0123abcd",
    "/var/log/x",
  ];
  for (const state of hidden) {
    it(`refuses a state in ${state}`, () => {
      assert.throws(
        () => {
          refuseHiddenPaths({ ...layout, state });
        },
        (error) => error instanceof UserError && error.message.includes(`${state} (state)`),
      );
    });
  }

  it("takes the usual ones", () => {
    refuseHiddenPaths({ ...layout, state: "/root/.local/state/slipway/0123abcd" });
    refuseUnusablePath({ ...layout, state: "/home/somebody/.local/state/slipway/0123abcd" });
  });

  const unusable: [state: string, message: RegExp][] = [
    [`/${"long/".repeat(20)}state`, /106 bytes long; 63 leave room/],
    ["/home/some body/state", /letters, digits/],
    ["/home/räume/state", /letters, digits/],
  ];
  for (const [state, message] of unusable) {
    it(`refuses a state in ${state}`, () => {
      assert.throws(() => {
        refuseUnusablePath({ ...layout, state });
      }, message);
    });
  }
});

describe("capabilities", () => {
  const cases: [effective: string, may: boolean][] = [
    ["000001ffffffffff", true],
    ["000001fffeffffff", false],
    ["0000000000000000", false],
    ["0000000001000000", true],
  ];
  for (const [effective, may] of cases) {
    it(`${effective} ${may ? "hold" : "lack"} CAP_SYS_RESOURCE`, () => {
      assert.equal(mayLowerOomScore(`Name:\tx\nCapEff:\t${effective}\nCapBnd:\t0\n`), may);
    });
  }
});

describe("identity of a process", () => {
  it("is that of the very process", () => {
    const self = identify(process.pid);
    assert.ok(self !== undefined && isAlive(self));
    assert.equal(isAlive({ ...self, start: "another" }), false);
  });

  it("does not exist for an unused number", () => {
    assert.equal(identify(2 ** 22 + 1), undefined);
  });

  it("knows the number inside, which without namespaces is the same", function () {
    // Read from /proc, which only Linux has.
    if (process.platform !== "linux") this.skip();
    assert.equal(typeof innermostPid(process.pid), "number");
  });
});
