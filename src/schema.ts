import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { ProjectFile } from "./settings/project";
import { StackConfig } from "./settings/stack";

/** The JSON Schemas that editors complete and check with, by file name; `npm run schema` writes them to `schema/`. */
export function jsonSchemas(): Record<string, string> {
  const project = z.toJSONSchema(ProjectFile, { io: "input" });
  return {
    "project.json": render({ ...project, title: "A project of Slipway: projects/<name>.yaml" }),
    "stack.json": render(stackSchema()),
  };
}

/** Schema of a whole `Pulumi.<stack>.yaml`: our keys in it, and what Pulumi itself puts there. */
function stackSchema(): object {
  const ours: Pick<z.core.JSONSchema.JSONSchema, "properties" | "required"> = z.toJSONSchema(
    StackConfig,
    { io: "input" },
  );
  const { properties = {}, required = [] } = ours;
  const prefixed = Object.entries(properties).map(
    ([key, value]) => [`slipway:${key}`, value] as const,
  );
  const secret = {
    description: "set by: pulumi config set --secret slipway:secrets.<name>",
    type: "object",
    properties: { secure: { type: "string" } },
    required: ["secure"],
    additionalProperties: false,
  };
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "A stack of Slipway: Pulumi.<stack>.yaml",
    type: "object",
    properties: {
      config: {
        type: "object",
        properties: Object.fromEntries(prefixed),
        patternProperties: {
          "^slipway:secrets\\.[A-Za-z][A-Za-z0-9]{0,62}$": secret,
          "^pulumi:": {},
        },
        required: required.map((key) => `slipway:${key}`),
        additionalProperties: false,
      },
    },
    required: ["config"],
  };
}

const render = (schema: object): string => `${JSON.stringify(schema, undefined, 2)}\n`;

if (require.main === module) {
  const directory = join(__dirname, "..", "schema");
  mkdirSync(directory, { recursive: true });
  for (const [name, text] of Object.entries(jsonSchemas()))
    writeFileSync(join(directory, name), text);
}
