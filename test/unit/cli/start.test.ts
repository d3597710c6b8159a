import assert from "node:assert/strict";
import { execa } from "execa";
import { join } from "node:path";
import { checkout } from "../../../sandbox/layout";

describe("the command, where it starts", () => {
  for (const [what, TMPDIR, exitCode, says] of [
    ["there is room for temporary files", undefined, 0, /^$/],
    [
      "the folder for temporary files is not there",
      "/nowhere",
      2,
      /^\/nowhere: .*ENOENT.*\n +mend: .*TMPDIR/,
    ],
    ["the folder for temporary files is none", "/etc/passwd", 2, /^\/etc\/passwd: .*ENOTDIR/],
  ] as const)
    it(`ends with ${exitCode} where ${what}`, async () => {
      const args = [join(checkout, "bin/slipway.mjs"), "--version"];
      const env = TMPDIR === undefined ? {} : { TMPDIR };
      const result = await execa(process.execPath, args, { env, reject: false });
      assert.equal(result.exitCode, exitCode);
      assert.match(result.stderr, says);
    });
});
