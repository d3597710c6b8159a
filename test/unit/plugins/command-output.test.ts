import * as assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeBytes, lastLines, Output } from "../../../components/shared/ssh";
import { findAssets, globPattern } from "../../../sandbox/plugins/command/assets";
import { OutputShow } from "../../../sandbox/plugins/command/show";
import type { EngineLog } from "../../../sandbox/plugins/rpc/engine";

describe("what a command prints", () => {
  it("is kept whole as far as the limit", () => {
    const output = new Output(10);
    for (const chunk of ["abc", "", "defghi", "j"]) output.add(Buffer.from(chunk));
    assert.deepEqual([output.text(), output.dropped], ["abcdefghij", 0]);
  });

  it("is kept at both ends beyond it, however it is cut into pieces", () => {
    const text = Array.from({ length: 1000 }, (_, index) => `${index % 10}`).join("");
    for (const size of [1, 3, 7, 999, 1000]) {
      const output = new Output(20);
      for (let at = 0; at < text.length; at += size) {
        output.add(Buffer.from(text.slice(at, at + size)));
      }
      assert.equal(output.text(), "0123456789\n[980 bytes left out here]\n0123456789", `${size}`);
      assert.equal(output.dropped, 980);
    }
  });

  it("is described in sizes and last lines", () => {
    assert.equal(describeBytes(1023), "1023 bytes");
    assert.equal(describeBytes(1536), "1.5 KiB");
    assert.equal(describeBytes(200 * 2 ** 20), "200.0 MiB");
    assert.equal(lastLines("a\nb\nc\n\n", 2), "b\nc");
    assert.equal(lastLines("x".repeat(100), 2, 10), `…${"x".repeat(10)}`);
  });

  describe("while it runs", () => {
    const shown: string[] = [];
    const engine: EngineLog = {
      log: () => assert.fail("nothing stays"),
      status: (message) => shown.push(message),
    };
    const show = (logging: string): OutputShow =>
      new OutputShow(engine, "urn", logging, (text) => text.replaceAll("secret", "…"));
    beforeEach(() => {
      shown.length = 0;
    });

    it("is shown line by line, secrets blotted out, the last line at the end", () => {
      const lines = show("stdoutAndStderr");
      for (const chunk of ["one\nse", "cret ", "two\nthr", "ee"]) {
        lines.add("stdout", Buffer.from(chunk));
      }
      assert.deepEqual(shown, ["one", "… two"]);
      lines.end();
      assert.deepEqual(shown, ["one", "… two", "three"]);
    });

    it("keeps characters whole and the two streams apart", () => {
      const lines = show("stdoutAndStderr");
      const bytes = Buffer.from("ä\n");
      lines.add("stdout", bytes.subarray(0, 1));
      lines.add("stderr", Buffer.from("between\n"));
      lines.add("stdout", bytes.subarray(1));
      assert.deepEqual(shown, ["between", "ä"]);
    });

    const cases: Record<string, string[]> = {
      stdout: ["out"],
      stderr: ["err"],
      stdoutAndStderr: ["out", "err"],
      none: [],
    };
    for (const [logging, expected] of Object.entries(cases)) {
      it(`is shown as logging ${logging} says`, () => {
        const lines = show(logging);
        lines.add("stdout", Buffer.from("out\n"));
        lines.add("stderr", Buffer.from("err"));
        lines.end();
        assert.deepEqual(shown, expected);
      });
    }

    it("is shown in part when it is a flood, and that is reported", () => {
      const lines = show("stdout");
      lines.add("stdout", Buffer.from("line\n".repeat(100_000)));
      lines.add("stdout", Buffer.from("x".repeat(100_000)));
      lines.end();
      assert.ok(shown.length < 1_000, `${shown.length} lines`);
      assert.match(shown.at(-1) ?? "", /^… \d{5} lines were not shown$/);
      assert.ok(shown.every((line) => line.length <= 2_000));
    });
  });
});

describe("files that a command leaves", () => {
  const matches: Record<string, [string, boolean][]> = {
    "*.js": [
      ["a.js", true],
      ["a/b.js", false],
      ["a.jsx", false],
    ],
    "src/**.js": [
      ["src/a.js", true],
      ["src/a/b.js", true],
      ["a.js", false],
    ],
    "**secret.*": [
      ["a/b.secret.txt", true],
      ["secret", false],
    ],
    "a?c/{x,yz}[0-9]": [
      ["abc/x1", true],
      ["abc/yz9", true],
      ["a/c/x1", false],
      ["abc/x", false],
    ],
    "[!a]*.t+t": [
      ["b.t+t", true],
      ["a.t+t", false],
      ["b.ttt", false],
    ],
    "\\*": [
      ["*", true],
      ["a", false],
    ],
  };
  for (const [glob, cases] of Object.entries(matches)) {
    it(`are found by ${glob}`, () => {
      for (const [path, expected] of cases) {
        assert.equal(globPattern(glob).test(path), expected, path);
      }
    });
  }

  it("are taken and left out in the order of the globs, with the hash of their content", async () => {
    const folder = mkdtempSync(join(tmpdir(), "slipway-assets-"));
    mkdirSync(join(folder, "src/deep"), { recursive: true });
    for (const name of ["src/a.js", "src/secret.js", "src/deep/b.js", "c.js"]) {
      writeFileSync(join(folder, name), "x\n");
    }
    const found = await findAssets(folder, ["src/**", "!**secret*", "src/secret.js"]);
    rmSync(folder, { recursive: true });
    assert.deepEqual(Object.keys(found), ["src/a.js", "src/deep/b.js", "src/secret.js"]);
    assert.deepEqual(found["src/a.js"], {
      "4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17",
      path: join(folder, "src/a.js"),
      hash: "73cb3858a687a8494ca3323053016282f3dad39d42cf62ca4e79dda2aac7d9ac",
    });
  });
});
