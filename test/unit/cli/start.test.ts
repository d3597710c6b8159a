import assert from "node:assert/strict";
import { execa } from "execa";
import { chmodSync, closeSync, cpSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cacheHome } from "../../../components/shared/system/xdg";
import { checkout } from "../../../components/shared/system/checkout";

describe("the command, where it starts", () => {
  for (const [what, TMPDIR, exitCode, says] of [
    ["there is room for temporary files", undefined, 0, /^$/],
    [
      "the folder for temporary files is not there",
      "/nowhere",
      2,
      /^\/nowhere: .*ENOENT.*\n +fix: .*TMPDIR/,
    ],
    [
      "the folder for temporary files does not exist",
      "/etc/passwd",
      2,
      /^\/etc\/passwd: .*ENOTDIR/,
    ],
  ] as const)
    it(`ends with ${exitCode} where ${what}`, async () => {
      const args = [join(checkout, "bin/slipway.mjs"), "--version"];
      const env = TMPDIR === undefined ? {} : { TMPDIR };
      const result = await execa(process.execPath, args, { env, reject: false });
      assert.equal(result.exitCode, exitCode);
      assert.match(result.stderr, says);
    });

  for (const [stream, exitCode] of [
    ["stdout", 1],
    ["stderr", 2],
  ] as const)
    it(`ends with a message if the disk of its ${stream} is full`, async () => {
      const full = openSync("/dev/full", "w");
      const verb = stream === "stdout" ? "--help" : "nothing";
      const args = [join(checkout, "bin/slipway.mjs"), verb];
      const result = await execa(process.execPath, args, { [stream]: full, reject: false });
      closeSync(full);
      assert.equal(result.exitCode, exitCode);
      if (stream === "stdout")
        assert.match(String(result.stderr), /^the output could not .*ENOSPC.*$/);
    });

  it("works for a user whose name the machine does not know", async function () {
    // Only root can become another user.
    if (process.getuid?.() !== 0) this.skip();
    // The compiled files, where that user may read them.
    const cache = mkdtempSync(join(tmpdir(), "slipway-cache-"));
    cpSync(join(cacheHome(process.env), "slipway/compiled"), join(cache, "slipway/compiled"), {
      recursive: true,
    });
    chmodSync(cache, 0o755);
    const args = [join(checkout, "bin/slipway.mjs"), "reject", "Packet_Label", "6c5f80ae6c3a"];
    const result = await execa(process.execPath, [...args, "--why", "trial", "--stack", "uat"], {
      env: { PATH: "/usr/bin:/bin", XDG_CACHE_HOME: cache },
      extendEnv: false,
      reject: false,
      uid: 54_321,
      gid: 54_321,
      stdin: "ignore",
    });
    rmSync(cache, { recursive: true });
    assert.doesNotMatch(result.stderr, /Error:/);
    assert.match(result.stderr, /there is no terminal to confirm on; add --yes/);
    assert.equal(result.exitCode, 2);
  });
});
