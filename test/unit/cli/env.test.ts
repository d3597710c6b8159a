import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { shellQuote } from "../../../src/cli/commands/env";

describe("slipway env", () => {
  for (const text of ["plain", "with space", "it's", '$HOME `id` \\ "x"', "", "a\nb"]) {
    it(`quotes ${JSON.stringify(text)} so that a shell gives it back`, () => {
      const said = execFileSync("sh", ["-c", `printf %s ${shellQuote(text)}`], {
        encoding: "utf8",
      });
      assert.equal(said, text);
    });
  }
});
