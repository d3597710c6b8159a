import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { checkout } from "../../../sandbox/layout";
import { schemasAndPages } from "../../../src/schema";
import { projectKeys, stackKeys } from "../../../src/settings/explained";
import { ProjectFile } from "../../../src/settings/project";
import { StackConfig } from "../../../src/settings/stack";
import { loadYaml } from "../../../src/settings/yaml";

describe("the JSON Schemas and the pages of all keys", () => {
  for (const [path, text] of Object.entries(schemasAndPages())) {
    it(`${path} is fresh; if not: npm run schema`, () => {
      assert.ok(readFileSync(join(checkout, path), "utf8") === text, "it is stale");
    });
  }

  it("are all there is in schema/", () => {
    const schemas = Object.keys(schemasAndPages()).filter((path) => path.startsWith("schema/"));
    const found = readdirSync(join(checkout, "schema")).map((name) => `schema/${name}`);
    assert.deepEqual(found.sort(), schemas.sort());
  });

  it("tell of every key, and of none that there is not", () => {
    const keysOf = (schema: { shape: object }) => Object.keys(schema.shape).sort();
    assert.deepEqual(Object.keys(projectKeys).sort(), keysOf(ProjectFile));
    assert.deepEqual(Object.keys(stackKeys).sort(), keysOf(StackConfig));
  });

  const least = { name: "X", kind: "back", port: 8080 };
  for (const [key, { example }] of Object.entries(projectKeys)) {
    it(`have an example of a project's \`${key}\` that holds`, () => {
      const given = loadYaml(example) as object;
      assert.deepEqual(Object.keys(given), [key]);
      const { error } = ProjectFile.safeParse({ ...least, ...given });
      assert.equal(error, undefined, error?.message);
    });
  }
  for (const [key, { example }] of Object.entries(stackKeys)) {
    it(`have an example of \`slipway:${key}\` that holds`, () => {
      const [[name, value] = []] = Object.entries(loadYaml(example) as object) as [
        string,
        unknown,
      ][];
      assert.equal(name, `slipway:${key}`);
      const { error } = StackConfig.shape[key as keyof typeof StackConfig.shape].safeParse(value);
      assert.equal(error, undefined, error?.message);
    });
  }

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
    for (const [path, text] of Object.entries(schemasAndPages()))
      if (path.startsWith("schema/")) assert.match(text, /"additionalProperties": false/);
  });
});
