import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { hostname, tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { userName, whoAmI } from "../../../src/engine/session";

describe("the author of changes", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "slipway-who-"));
    execFileSync("git", ["init", "--quiet", folder]);
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  /** The signature if git knows these settings and variables, and no others. */
  const who = (settings: Record<string, string>, variables: NodeJS.ProcessEnv): string => {
    const counted = Object.entries(settings).flatMap(([key, value], index) => [
      [`GIT_CONFIG_KEY_${index}`, key] as const,
      [`GIT_CONFIG_VALUE_${index}`, value] as const,
    ]);
    return whoAmI(folder, {
      PATH: process.env["PATH"],
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_CONFIG_COUNT: `${Object.keys(settings).length}`,
      ...Object.fromEntries(counted),
      ...variables,
    });
  };

  const both = { "user.name": "Li Wei", "user.email": "li@example.com" };
  const machine = `${userInfo().username}@${hostname()}`;
  for (const [what, settings, variables, signed] of [
    ["git's settings", both, {}, "Li Wei <li@example.com>"],
    [
      "git's variables before its settings",
      both,
      { GIT_AUTHOR_NAME: "ci", GIT_AUTHOR_EMAIL: "ci@example.com" },
      "ci <ci@example.com>",
    ],
    ["a name alone", { "user.name": "Li Wei" }, {}, "Li Wei"],
    ["a variable that is empty", both, { GIT_AUTHOR_NAME: "" }, "Li Wei <li@example.com>"],
    ["the user of the machine", {}, {}, machine],
  ] as const) {
    it(what, () => {
      assert.equal(who(settings, variables), signed);
    });
  }

  it("the number of a user who has no name, as in some CI systems", () => {
    const nameless = (): never => {
      throw new Error("uv_os_get_passwd returned ENOENT");
    };
    assert.equal(userName(nameless), String(process.getuid?.()));
  });
});
