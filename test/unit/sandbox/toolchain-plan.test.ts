import assert from "node:assert/strict";
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkout } from "../../../components/shared/system/checkout";
import { buildTools, toolStatus } from "../../../sandbox/toolchain/build";
import { BuildProgress } from "../../../sandbox/toolchain/build-progress";
import { isOlder, type Go } from "../../../sandbox/toolchain/go";
import { planTool } from "../../../sandbox/toolchain/plan";
import { fakeTools, go } from "../../support/fake-tools";

const folders = join(checkout, "sandbox", "toolchain");

describe("toolchain", () => {
  const { place, inWork } = fakeTools();

  describe("a tool's directory", () => {
    const directory = (root: string, changed: Partial<Go> = {}) =>
      planTool(place(), { ...go, ...changed }, "registry", root).directory;
    const append = (path: string) => (root: string) => {
      writeFileSync(join(root, "registry", path), "\n// more\n", { flag: "a" });
    };

    const cases: { what: string; change: (root: string) => void; moves: boolean }[] = [
      { what: "nothing", change: () => undefined, moves: false },
      { what: "go.sum", change: append("go.sum"), moves: true },
      { what: "go.mod", change: append("go.mod"), moves: true },
      { what: "our own main.go", change: append("main.go"), moves: true },
      { what: "a new .go file", change: append("extra.go"), moves: true },
      { what: "a README", change: append("README.md"), moves: false },
    ];
    for (const { what, change, moves } of cases) {
      it(`${moves ? "moves" : "stays"} when ${what} changes`, () => {
        const root = inWork("root");
        cpSync(join(folders, "registry"), join(root, "registry"), { recursive: true });
        const first = directory(root);
        change(root);
        assert.equal(directory(root) !== first, moves);
      });
    }

    for (const changed of [{ version: "go1.26.9" }, { os: "darwin" }, { arch: "arm64" }]) {
      it(`moves with ${JSON.stringify(changed)}`, () => {
        assert.notEqual(directory(folders, changed), directory(folders));
      });
    }

    it("does not depend on the proxy", () => {
      assert.equal(directory(folders, { proxy: "direct" }), directory(folders));
    });

    it("is named after the tool and twelve hex digits, and the title after the pinned version", () => {
      const plan = planTool(place(), go, "registry");
      assert.match(plan.directory, /\/cache\/slipway\/tools\/registry-[0-9a-f]{12}$/);
      assert.match(plan.title, /^registry v3\.1\.\d+$/);
    });
  });

  it("counts a package that two tools share for the first of them", () => {
    const plans = (["etcd", "pause"] as const).map((name) => planTool(place(), go, name));
    const [first, second] = plans;
    assert(first !== undefined && second !== undefined);
    const said: string[] = [];
    const report = new BuildProgress(plans, (message) => said.push(message));
    report.compiling(first, ["fmt", "net"]);
    report.compiling(second, ["fmt", "net", "os"]);
    report.line(second, "net");
    report.line(second, "go: downloading example.org/x v1.0.0");
    report.line(second, "os");
    assert.match(said.at(-2) ?? "", /^pause \(2 of 2\): 0 of 1 packages/);
    assert.match(said.at(-1) ?? "", /^pause \(2 of 2\): 1 of 1 packages/);
    assert.equal(said.length, 3);
  });

  describe("Go", () => {
    const versions: [string, string, boolean][] = [
      ["go1.26.0", "1.26.0", false],
      ["go1.26", "1.26.0", false],
      ["go1.26.8", "1.26.0", false],
      ["go1.25.9", "1.26.0", true],
      ["go1.9", "1.26.0", true],
      ["go2.0", "1.26.0", false],
      ["go1.26rc1", "1.26.1", true],
      ["devel go1.27-abc", "1.26.0", false],
    ];
    for (const [given, oldest, expected] of versions) {
      it(`${given} is ${expected ? "" : "not "}older than ${oldest}`, () => {
        assert.equal(isOlder(given, oldest), expected);
      });
    }

    it("that is too old is named, with the way to a newer one", async () => {
      process.env["FAKE_VERSION"] = "go1.24.1";
      await assert.rejects(buildTools(place()), {
        name: "UserError",
        message: /^Go 1\.26\.0 or newer is needed, go1\.24\.1 is on PATH\.\nInstall .*go\.dev\/dl/,
      });
    });

    it("that is missing is reported as such, and no tool counts as built", async () => {
      process.env["PATH"] = inWork("empty");
      await assert.rejects(buildTools(place()), /there is no `go` on PATH/);
      assert.equal(toolStatus(place()).built, 0);
    });
  });
});
