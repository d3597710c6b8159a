import type { z } from "zod";
import { explanations } from "../../components/shared/config/explained";
import { patches, type Patches } from "../../components/shared/config/patches";
import { mapping } from "../../components/shared/config/fields";
import { modules } from "../modules";

/** All of a union's members at once. */
export type Together<Union> = (Union extends unknown ? (each: Union) => void : never) extends (
  all: infer All,
) => void
  ? All
  : never;

/** The keys of all parts. */
type Keys = Together<(typeof modules)[number]["config"]>;

/** Parts, only with their keys. */
export type Parts = readonly { key: string; config: z.core.$ZodShape }[];

/** The schema of a stack with these parts. */
export function stackSchema(parts: Parts) {
  const shape = Object.assign({}, ...parts.map(({ config }) => config)) as Record<
    string,
    z.ZodType
  >;
  return mapping<Record<string, z.ZodType>>({ ...shape, customize: customize(parts) });
}

/** Schema of the patches of each part's objects. */
const customize = (parts: Parts) =>
  mapping(Object.fromEntries(parts.map(({ key }) => [key, patches.optional()])))
    .optional()
    .register(explanations, {
      purpose:
        "Strategic-merge patches of the objects of the platform's parts, part by part, for what no key says; see [customize](customize.md). Those of a project are in its file, and of all projects in `slipway:defaults`",
      example:
        "slipway:customize:\n  ingress:\n    DaemonSet/traefik: { spec: { template: { spec: { priorityClassName: shop-critical } } } }",
      otherwise: "none",
    }) as unknown as z.ZodType<Readonly<Record<string, Patches | undefined>> | undefined>;

/** Everything below `slipway:` in `Pulumi.<stack>.yaml`, except the secrets, which have a key each. */
export const StackConfig = stackSchema(modules) as unknown as z.ZodObject<
  { [Key in keyof Keys]: Keys[Key] } & { customize: ReturnType<typeof customize> },
  z.core.$strict
>;
export type StackConfig = z.output<typeof StackConfig>;
