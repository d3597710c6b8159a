import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { linkTable } from "../../src/cli/commands/status";
import { modules } from "../../src/modules";
import { unwatched } from "../../src/readiness/rollouts";
import { schemasAndPages } from "../../src/schema/schema";
import { platformImages } from "../../src/stack/images";
import { declareStack } from "../../src/stack/stack";
import { ask } from "../../src/status/links";
import { find, record } from "../support/record";
import { readWith, refusalOf } from "../support/checkout";
import { banner } from "../toy/module";

/** All that a part adds to the platform: its folder, and its element of the list. */
const list = [...modules, banner];

/** A stack whose volumes need no backup. */
const backup = { parts: { state: { without: "a test" }, volumes: { without: "a test" } } };
const withBanner = (banner: unknown, others: Record<string, unknown> = {}) => ({
  parts: list,
  stack: { backup, banner, ...others },
});

describe("a part that is one folder and one element of the list", () => {
  it("has its keys in the schema of a stack's file, and a section in the page of all keys", () => {
    const texts = schemasAndPages(list);
    const schema = JSON.parse(texts["schema/stack.json"] ?? "") as {
      properties: { config: { properties: Record<string, unknown> } };
    };
    assert.deepEqual(schema.properties.config.properties["slipway:banner"], {
      type: "object",
      properties: {
        text: {
          type: "string",
          pattern: "^[^\\n]{1,80}$",
          description: "one line of at most 80 characters",
        },
        replicas: {
          type: "integer",
          minimum: 1,
          maximum: 500,
          default: 2,
          description: "pods that show it, 1 to 500",
        },
      },
      required: ["text"],
      additionalProperties: false,
      description: "A line that people read who come to the platform.",
      examples: [{ text: "maintenance on Friday" }],
    });
    assert.match(texts["docs/stack.md"] ?? "", /^## `banner`$/m);
  });

  it("is refused by its schema, beside the others' problems", () => {
    const banner = { text: "x", colour: "red" };
    const lines = refusalOf(withBanner(banner, { branches: [] }));
    assert.deepEqual(lines, [
      "Stack uat is refused, nothing was changed: 2 problems",
      "Pulumi.uat.yaml:27 → slipway:banner.colour",
      'given:   "colour"',
      "allowed: one of the keys text, replicas",
      "Pulumi.uat.yaml:28 → slipway:branches",
      "given:   []",
      "allowed: at least one branch; without `branches` every one is taken",
    ]);
  });

  it("is refused without its namespace, which is said", () => {
    const file = "config:\n  banner: { text: hello }\n";
    const lines = refusalOf({ parts: list, files: { "Pulumi.uat.yaml": file } });
    assert.ok(lines.includes("fix:     did you mean `slipway:banner`?"), lines.join("\n"));
  });

  it("is refused by its rules, which know what it reads of others", () => {
    assert.deepEqual(refusalOf(withBanner({ text: "x", replicas: 400 })), [
      "Stack uat is refused, nothing was changed: 1 problem",
      "Pulumi.uat.yaml:27 → slipway:banner.replicas",
      'given:   "400"',
      "allowed: at most the 300 pods of `slipway:quota`",
      "fix:     raise the quota, or lower `replicas`",
    ]);
  });

  it("has a line in preview", () => {
    assert.deepEqual(readWith(withBanner({ text: "hello" })).lines, ["the banner says: hello"]);
  });

  it("declares its objects with what others give it, and has outputs and a link", async () => {
    const { resources, outputs } = await record("uat", () =>
      declareStack(readWith(withBanner({ text: "hello you" })), { rollouts: unwatched }, list),
    );
    const { inputs, parent } = find(resources, "ConfigMap", "banner");
    assert.match(parent, /slipway:index:Banner::banner$/);
    assert.deepEqual(inputs, {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: {
        name: "banner",
        namespace: "shop-uat",
        annotations: { "pulumi.com/patchForce": "true" },
      },
      data: { text: "hello you", words: "2" },
    });
    assert.equal((outputs as { banner?: string }).banner, "hello you");
    assert.ok(
      outputs.links.some(({ part, url }) => part === "banner" && url === "http://banner.example"),
    );
  });

  it("is one of those that must be backed up", () => {
    const lines = refusalOf({ parts: list, stack: { banner: { text: "hello" } } });
    assert.match(lines.join("\n"), /slipway:backup\.parts\.volumes\n.*who has read the banner/);
  });

  it("is in the list of images", () => {
    assert.deepEqual(
      platformImages(list).filter(({ part }) => part === "banner"),
      [
        {
          part: "banner",
          name: "page",
          image: "docker.io/library/nginx:1.29.3",
          see: "https://nginx.org/en/CHANGES",
        },
      ],
    );
  });

  it("is shown by status, with whether it answers", async () => {
    const server = createServer((_, response) => response.writeHead(204).end());
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const link = { part: "banner", url, purpose: "what people read" };
    const up = await ask(link);
    await new Promise((done) => server.close(done));
    const down = await ask(link);
    assert.match(linkTable([up]), /banner.*what people read.*answers/);
    assert.match(down.state, /^does not answer: .*ECONNREFUSED/);
  });

  it("costs a stack nothing that does not have it", async () => {
    const { resources } = await record("uat", () =>
      declareStack(readWith(withBanner(undefined)), { rollouts: unwatched }, list),
    );
    assert.ok(!resources.some(({ name }) => name === "banner"));
  });
});
