import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { checkout } from "../../components/shared/system/checkout";
import { undocumented } from "../support/docstrings";

describe("what a component is made from", () => {
  it("is documented field by field, with what holds where one is left out", () => {
    const components = join(checkout, "components");
    const files = readdirSync(components, { recursive: true, encoding: "utf8" }).sort();
    const missing = files
      .filter((file) => file.endsWith(".ts"))
      .flatMap((file) =>
        undocumented(`components/${file}`, readFileSync(join(components, file), "utf8")),
      );
    assert.equal(missing.length, 0, missing.join("\n"));
  });

  const cases: [title: string, field: string, says: string | undefined][] = [
    ["nothing said", "port: number;", "has no docstring"],
    ["an ordinary comment", "// TCP port.\n port: number;", "has no docstring"],
    ["a tag alone", "/** @default 80 */ port?: number;", "has no docstring"],
    ["said", "/** TCP port. */ port: number;", undefined],
    ["optional", "/** TCP port. */ port?: number;", "is optional and has no @default"],
    [
      "an empty default",
      "/** TCP port. @default */ port?: number;",
      "is optional and has no @default",
    ],
    ["a default on the same line", "/** TCP port. @default 80 */ port?: number;", undefined],
    ["a default below", "/**\n * TCP port.\n *\n * @default 80\n */\nport?: number;", undefined],
    ["a method", "open(): void;", "has no docstring"],
  ];
  for (const [title, field, says] of cases) {
    it(`a field with ${title} is ${says === undefined ? "fine" : "told"}`, () => {
      const told = undocumented("a.ts", `\nexport interface DoorArgs {\n${field}\n}`);
      assert.equal(told.length, says === undefined ? 0 : 1);
      if (says === undefined) return;
      const line = 2 + field.split("\n").length;
      assert.match(told[0] ?? "", new RegExp(`^a\\.ts:${line}: DoorArgs\\.\\w+: ${says}$`));
    });
  }

  it("what is not exported, or stated by nobody, may be silent", () => {
    const text = "interface DoorArgs { port: number }\nexport interface Door { port: number }";
    assert.deepEqual(undocumented("a.ts", text), []);
  });
});
