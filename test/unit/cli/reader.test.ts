import * as assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { checkout } from "../../../components/shared/system/checkout";

describe("a command whose reader has enough", () => {
  it("ends well, and without a message", async () => {
    const bin = join(checkout, "bin", "slipway.mjs");
    const child = spawn(process.execPath, [bin, "release", "--help"]);
    child.stdout.destroy();
    const [said] = await Promise.all([text(child.stderr), once(child, "exit")]);
    assert.deepEqual([child.exitCode, said], [0, ""]);
  });
});
