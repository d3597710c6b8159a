import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { checkout } from "../../components/shared/system/checkout";

describe("exported types", () => {
  it("have a name each, so that a reader who meets one knows which", () => {
    const found = new Map<string, string[]>();
    const folders = ["src", "components", "sandbox", "bench"];
    const files = execFileSync("git", ["ls-files", ...folders], {
      cwd: checkout,
      encoding: "utf8",
    });
    for (const file of files.split("\n").filter((name) => name.endsWith(".ts"))) {
      const text = readFileSync(join(checkout, file), "utf8");
      // A class or schema and the type of the same name in the same file are one thing.
      for (const name of new Set(
        [...text.matchAll(/^export (?:abstract )?(?:interface|type|class) (\w+)/gm)].map(
          ([, name = ""]) => name,
        ),
      ))
        found.set(name, [...(found.get(name) ?? []), file]);
    }
    const shared = [...found].filter(([, files]) => files.length > 1);
    assert.deepEqual(shared, []);
    assert.ok(found.size > 200, `${found.size} types found`);
  });
});
