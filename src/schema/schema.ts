import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { loadYaml } from "../../components/shared/config/yaml";
import { explanations, type Explained } from "../../components/shared/config/explained";
import { modules } from "../modules";
import { projectKeys } from "../projects/explained";
import { ProjectFile } from "../projects/project";
import { stackSchema, type Parts } from "../stack/config";
import { projectPage, stackPage } from "./pages";

type Schema = z.core.JSONSchema.JSONSchema;

/**
 * The JSON Schemas for editors and the reference pages of all keys, by their paths in the checkout; `npm run schema` writes them.
 * @param parts the parts of the platform; others in tests
 */
export function schemasAndPages(parts: Parts = modules): Record<string, string> {
  const project = projectSchema();
  const config = stackSchema(parts);
  const stack = z.toJSONSchema(config, { io: "input" });
  const stackKeys = explanationsOf(config);
  return {
    "schema/project.json": render(explained(project, projectKeys)),
    "schema/stack.json": render(wholeStack(explained(stack, stackKeys))),
    "docs/projects.md": projectPage(project),
    "docs/stack.md": stackPage({ schema: stack, keys: stackKeys, config }),
  };
}

/** Explanations of the parts' keys. */
export const explanationsOf = ({
  shape,
}: ReturnType<typeof stackSchema>): Readonly<Record<string, Explained>> =>
  Object.fromEntries(
    Object.entries(shape).flatMap(([key, schema]) => {
      const said = explanations.get(schema);
      return said === undefined ? [] : [[key, said] as const];
    }),
  );

const projectSchema = (): Schema => ({
  ...z.toJSONSchema(ProjectFile, { io: "input" }),
  title: "A project of Slipway: projects/<name>.yaml",
});

/** Adds purpose and example to the descriptions of a schema's keys. */
function explained(schema: Schema, keys: Readonly<Record<string, Explained>>): Schema {
  const properties = Object.entries(schema.properties ?? {}).map(([key, value]) => {
    const { purpose, example } = keys[key] ?? {};
    if (purpose === undefined || example === undefined || typeof value !== "object")
      return [key, value] as const;
    const rule = value.description === undefined ? "" : ` Allowed: ${value.description}.`;
    const [written] = Object.values(loadYaml(example) as object) as unknown[];
    return [key, { ...value, description: `${purpose}.${rule}`, examples: [written] }] as const;
  });
  return { ...schema, properties: Object.fromEntries(properties) as Schema["properties"] };
}

/** Schema of a whole `Pulumi.<stack>.yaml`: Slipway's keys and Pulumi's own. */
function wholeStack({ properties = {}, required = [] }: Schema): Schema {
  const prefixed = Object.entries(properties).map(
    ([key, value]) => [`slipway:${key}`, value] as const,
  );
  const secret: Schema = {
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
  const checkout = join(__dirname, "..", "..");
  mkdirSync(join(checkout, "schema"), { recursive: true });
  for (const [path, text] of Object.entries(schemasAndPages()))
    writeFileSync(join(checkout, path), text);
}
