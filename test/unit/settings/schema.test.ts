import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { checkout } from "../../../sandbox/layout";
import { jsonSchemas } from "../../../src/schema";

const directory = join(checkout, "schema");

describe("the JSON Schemas", () => {
  for (const [name, text] of Object.entries(jsonSchemas())) {
    it(`schema/${name} is fresh; if not: npm run schema`, () => {
      assert.ok(readFileSync(join(directory, name), "utf8") === text, "it is stale");
    });
  }

  it("are all there is in schema/", () => {
    assert.deepEqual(readdirSync(directory).sort(), Object.keys(jsonSchemas()).sort());
  });

  it("are named by every project and stack file", () => {
    const files = [
      ...readdirSync(join(checkout, "projects")).map((name) => [
        `projects/${name}`,
        "../schema/project.json",
      ]),
      ...["test", "uat", "prod"].map((name) => [`Pulumi.${name}.yaml`, "schema/stack.json"]),
    ] as const;
    for (const [file = "", schema = ""] of files) {
      const [first] = readFileSync(join(checkout, file), "utf8").split("\n");
      assert.equal(first, `# yaml-language-server: $schema=${schema}`, file);
    }
  });

  it("refuse a key that the program does not know", () => {
    for (const text of Object.values(jsonSchemas()))
      assert.match(text, /"additionalProperties": false/);
  });
});
