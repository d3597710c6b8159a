import { z } from "zod";
import { type Properties, reveal } from "../rpc/values";

const hop = {
  host: z.string(),
  port: z.number().default(22),
  user: z.string().default("root"),
  password: z.string().nullish(),
  privateKey: z.string().nullish(),
  privateKeyPassword: z.string().nullish(),
  agentSocketPath: z.string().nullish(),
  dialErrorLimit: z.number().default(10),
  perDialTimeout: z.number().default(15),
  hostKey: z.string().nullish(),
};
const variables = z.record(z.string(), z.string()).nullish();
const base = {
  stdin: z.string().nullish(),
  logging: z.string().nullish(),
  environment: variables,
  addPreviousOutputInEnv: z.boolean().nullish(),
  interpreter: z.array(z.string()).nullish(),
  dir: z.string().nullish(),
  assetPaths: z.array(z.string()).nullish(),
  archivePaths: z.array(z.string()).nullish(),
  connection: z.object({ ...hop, proxy: z.object(hop).nullish() }).nullish(),
  create: z.string().nullish(),
  update: z.string().nullish(),
  delete: z.string().nullish(),
  command: z.string().nullish(),
  remotePath: z.string().nullish(),
};
/** Null counts as absent. */
const given = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(given);
  if (typeof value !== "object" || value === null) return value ?? undefined;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, given(inner)]));
};
const Arguments = z.object(base).transform((parsed) => given(parsed) as Given<typeof parsed>);
type Given<Type> = Type extends (infer Item)[]
  ? Given<Item>[]
  : Type extends object
    ? { readonly [Key in keyof Type]: Given<Exclude<Type[Key], null>> }
    : Type;

/** Inputs of a resource or function, with secrets unwrapped and defaults filled in. */
export type Arguments = z.infer<typeof Arguments>;

/** Reads checked inputs, or outputs of either plugin, which contain them. */
export const readArguments = (properties: Properties): Arguments =>
  Arguments.parse(given(reveal(properties)));
