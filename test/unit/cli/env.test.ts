import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { exportsOf, shellQuote } from "../../../src/cli/commands/env";

describe("slipway env", () => {
  for (const text of ["plain", "with space", "it's", '$HOME `id` \\ "x"', "", "a\nb"]) {
    it(`quotes ${JSON.stringify(text)} so that a shell gives it back`, () => {
      const said = execFileSync("sh", ["-c", `printf %s ${shellQuote(text)}`], {
        encoding: "utf8",
      });
      assert.equal(said, text);
    });
  }

  it("puts the sandbox's programs before the shell's own PATH, whatever that is", () => {
    const lines = exportsOf(
      { PATH: "/sandbox/bin:/npm/node_modules/.bin:/usr/bin", A: "b" },
      "/sandbox/bin",
    );
    const said = execFileSync("sh", ["-c", `${lines.join("\n")}\nprintf '%s %s' "$PATH" "$A"`], {
      env: { PATH: "/usr/bin:/bin" },
      encoding: "utf8",
    });
    assert.equal(said, "/sandbox/bin:/usr/bin:/bin b");
  });
});
