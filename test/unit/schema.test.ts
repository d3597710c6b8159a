import { RunError } from "@pulumi/pulumi";
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { explanationsOf, schemasAndPages } from "../../src/schema/schema";
import { modules } from "../../src/modules";
import { projectKeys } from "../../src/projects/explained";
import { ProjectFile } from "../../src/projects/project";
import { StackConfig, stackSchema } from "../../src/stack/config";
import { dump } from "js-yaml";
import { loadYaml } from "../../components/shared/config/yaml";
import { readWith, type Differences } from "../support/checkout";
import { kubeconfig } from "../support/stacks";
import { checkout } from "../../components/shared/system/checkout";

/** Paths of all refused settings. */
function problemsOf(differences: Differences): string[] {
  try {
    readWith(differences);
    return [];
  } catch (error) {
    if (error instanceof RunError) return error.message.split("\n");
    throw error;
  }
}

const stackKeys = explanationsOf(stackSchema(modules));

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

  it("have every key, and no other", () => {
    const keysOf = (schema: { shape: object }) => Object.keys(schema.shape).sort();
    assert.deepEqual(Object.keys(projectKeys).sort(), keysOf(ProjectFile));
    assert.deepEqual(Object.keys(stackKeys).sort(), keysOf(StackConfig));
  });

  const least = { name: "X", kind: "back", port: 8080 };
  /** Keys that need a config repository, which is missing here. */
  const configured = ["configMode"];
  const digest = `sha256:${"a".repeat(64)}`;
  const around = {
    "slipway:secrets.orderDb": "…",
    check: { image: `harbor:8080/tools/busybox@${digest}` },
  };
  for (const [key, { example }] of Object.entries(projectKeys)) {
    it(`have an example of a project's \`${key}\` that holds`, () => {
      const given = loadYaml(example) as object;
      assert.deepEqual(Object.keys(given), [key]);
      const { error } = ProjectFile.safeParse({ ...least, ...given });
      assert.equal(error, undefined, error?.message);
      if (configured.includes(key)) return;
      const project = { ...least, ...given };
      const path = `projects/${project.name}.yaml`;
      const stack = { ...around, releases: { [project.name]: { digest } } };
      const secret = Object.keys(around);
      const differences = { stack, secret, files: { [path]: dump(project) } };
      const problems = problemsOf(differences).filter((line) => line.includes(path));
      assert.deepEqual(problems, []);
    });
  }
  /** Keys whose example names a file or a stack that this checkout does not have. */
  const named = ["authorities", "releases", "promotion"];
  const names = ["registryRobot", "roomKey", "backupPassword", "s3User", "s3Password"];
  const key = generateKeyPairSync("ed25519").privateKey.export({ format: "pem", type: "pkcs8" });
  const secrets = Object.fromEntries(
    names.map((name) => [`slipway:secrets.${name}`, key.toString()]),
  );
  const files = { "~/.kube/ack.yaml": kubeconfig };
  for (const [key, { example }] of Object.entries(stackKeys)) {
    it(`have an example of \`slipway:${key}\` that holds`, () => {
      const [[name, value] = []] = Object.entries(loadYaml(example) as object) as [
        string,
        unknown,
      ][];
      assert.equal(name, `slipway:${key}`);
      const { error } = StackConfig.shape[key as keyof typeof StackConfig.shape].safeParse(value);
      assert.equal(error, undefined, error?.message);
      if (named.includes(key)) return;
      // Problems with other settings, such as one edge where two are required.
      const differences = {
        stack: { ...secrets, [key]: value },
        secret: Object.keys(secrets),
        files,
      };
      const places = problemsOf(differences).filter((line) => line.includes(` → slipway:${key}`));
      assert.deepEqual(places, []);
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
