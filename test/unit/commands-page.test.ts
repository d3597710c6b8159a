import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { checkout } from "../../components/shared/system/checkout";

describe("the page of commands", () => {
  const page = readFileSync(join(checkout, "docs/commands.md"), "utf8");
  const told = [...page.matchAll(/^\| `([a-z][a-z-]*)/gm)].map(([, verb]) => verb);
  // `backup-table.ts` renders the output of `backup list`.
  const files = readdirSync(join(checkout, "src/cli/commands"))
    .map((name) => name.replace(/\.ts$/, ""))
    .filter((name) => name !== "backup-table");

  it("has every command, and no other", () => {
    assert.deepEqual([...new Set(told)].sort(), files.sort());
  });

  for (const file of files) {
    it(`has every option of ${file}`, () => {
      const text = readFileSync(join(checkout, "src/cli/commands", `${file}.ts`), "utf8");
      const options = [...text.matchAll(/(?:[oO]ption|building)\(\s*"(?:-\w, )?(--[a-z-]+)/g)];
      for (const [, option = ""] of options) assert.ok(page.includes(`\`${option}`), option);
    });
  }
});
