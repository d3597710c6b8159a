import assert from "node:assert/strict";
import { execa } from "execa";
import { existsSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkout } from "../../../components/shared/system/checkout";

/** Bash's completions at a Tab: a real bash, the script as it is printed, and the real command. */
describe("completion in bash", function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), "slipway-bash-"));
  before(() => {
    symlinkSync(join(checkout, "bin", "slipway.mjs"), join(folder, "slipway"));
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  /** Loads the script twice, like a shell in a shell, and completes each line's last word. */
  async function offered(lines: readonly (readonly string[])[]): Promise<string[][]> {
    const script = `
      set -u
      script=$(slipway completion bash)
      eval "$script"
      eval "$script"
      press_tab() {
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
        $(complete -p slipway | sed 's/.* -F \\([^ ]*\\) .*/\\1/')
        echo "\${COMPREPLY[*]-}"
      }
      ${lines.map((words) => `press_tab ${words.map(quoted).join(" ")}`).join("\n")}`;
    const { stdout, stderr } = await execa("bash", ["--norc", "--noprofile", "-c", script], {
      env: { PATH: `${folder}:${process.env["PATH"] ?? ""}` },
    });
    assert.equal(stderr, "");
    return stdout.split("\n").map((line) => line.split(" ").filter((word) => word !== ""));
  }
  const quoted = (word: string): string => `'${word}'`;

  it("offers verbs, projects and stacks, and runs nothing of what was typed", async () => {
    const evil = join(folder, "evil");
    const lines = [
      ["slipway", "rel"],
      ["slipway", "release", `$(touch ${evil})`, `\`touch ${evil}\``, "Packet_L"],
      ["slipway", "promote", "Packet_Label", "--from", "=", "u"],
    ];
    assert.deepEqual(await offered(lines), [["release"], ["Packet_Label"], ["uat"]]);
    assert.ok(!existsSync(evil));
  });
});
