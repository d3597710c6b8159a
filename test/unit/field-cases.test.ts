import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { checkout } from "../../components/shared/system/checkout";

/** The rings that the page names, with the texts of their tests. */
const textOf = (ring: string): string =>
  readdirSync(join(checkout, "test", ring), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => readFileSync(join(checkout, "test", ring, name), "utf8"))
    .join("\n");

describe("the page of field cases", () => {
  const page = readFileSync(join(checkout, "docs/field-cases.md"), "utf8");
  const rows = page
    .split("\n")
    .filter((line) => line.startsWith("| "))
    .slice(2);
  const names = ["unit", "program", "engine", "machine"] as const;
  const rings = Object.fromEntries(names.map((ring) => [ring, textOf(ring)]));

  it("has rows", () => {
    assert.ok(rows.length > 15);
  });
  for (const row of rows) {
    const [, kind = "", , proof = ""] = row.split("|").map((cell) => cell.trim());
    it(`names tests that there are: ${kind}`, () => {
      let ring: string = names[0];
      const named = [...proof.matchAll(/(unit|program|engine|machine)|`([^`]+)`/g)];
      assert.ok(named.length > 1);
      for (const [, of, title] of named) {
        if (of !== undefined) ring = of;
        else if (title !== undefined) assert.ok(rings[ring]?.includes(title), `${ring}: ${title}`);
      }
    });
  }
});
