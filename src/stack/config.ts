import type { z } from "zod";
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

/** Parts as far as their keys are concerned. */
export type Parts = readonly { config: z.core.$ZodShape }[];

/** The schema of a stack with these parts. */
export const stackSchema = (parts: Parts) =>
  mapping(Object.assign({}, ...parts.map(({ config }) => config)) as Record<string, z.ZodType>);

/** Everything below `slipway:` in `Pulumi.<stack>.yaml`, but for the secrets, which have a key each. */
export const StackConfig = stackSchema(modules) as unknown as z.ZodObject<
  { [Key in keyof Keys]: Keys[Key] },
  z.core.$strict
>;
export type StackConfig = z.output<typeof StackConfig>;
