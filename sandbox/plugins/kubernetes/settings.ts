import { type Properties, type Value, bare, isObject, unknown } from "../rpc/values";
import type { Failure } from "../rpc/responses";
import type { Choice } from "./kubeconfig";
import type { ReplaceOptions } from "./replace";
import { refusedArguments } from "./unsupported";

/** A provider's arguments, as they are understood here. */
export interface Settings extends Choice, ReplaceOptions {
  /** Namespace of objects that name none; overrides the context's. */
  readonly namespace?: string;
  /** Forget resources whose cluster cannot be reached. */
  readonly deleteUnreachable: boolean;
  /** Leave resources as they are while their cluster cannot be reached. */
  readonly skipUpdateUnreachable: boolean;
  /** Take fields over from any other manager. */
  readonly enablePatchForce: boolean;
  /** Take over objects that exist already instead of refusing to create them. */
  readonly upsertExistingObjects: boolean;
  /** Keep the server's warnings about deprecated APIs to ourselves. */
  readonly suppressDeprecationWarnings: boolean;
}

/** Reads the arguments; where a flag is not set, its environment variable of the official plugin counts. */
export function readSettings(args: Properties, env: NodeJS.ProcessEnv = process.env): Settings {
  const flag = (name: string, variable: string): boolean =>
    isTrue(plain(args[name]) ?? env[`PULUMI_K8S_${variable}`]);
  return {
    kubeconfig: kubeconfigOf(args["kubeconfig"]),
    context: text(args["context"]),
    cluster: text(args["cluster"]),
    namespace: text(args["namespace"]),
    deleteUnreachable: flag("deleteUnreachable", "DELETE_UNREACHABLE"),
    skipUpdateUnreachable: flag("skipUpdateUnreachable", "SKIP_UPDATE_UNREACHABLE"),
    enablePatchForce: flag("enablePatchForce", "ENABLE_PATCH_FORCE"),
    upsertExistingObjects: flag("upsertExistingObjects", "UPSERT_EXISTING_OBJECTS"),
    enableConfigMapMutable: flag("enableConfigMapMutable", "ENABLE_CONFIGMAP_MUTABLE"),
    enableSecretMutable: flag("enableSecretMutable", "ENABLE_SECRET_MUTABLE"),
    suppressDeprecationWarnings: flag(
      "suppressDeprecationWarnings",
      "SUPPRESS_DEPRECATION_WARNINGS",
    ),
  };
}

/** What is wrong with a provider's arguments, all at once. */
export function settingsFailures(
  args: Properties,
  isDefaultProvider: boolean,
  isStrict: boolean,
): Failure[] {
  const found = Object.entries(refusedArguments)
    .filter(([name]) => isGiven(args[name]))
    .map(([property, reason]) => ({ property, reason }));
  if (isFalse(plain(args["enableServerSideApply"]))) {
    const reason =
      "Slipway's stand-in always applies server-side: remove it, or install the official plugin";
    found.push({ property: "enableServerSideApply", reason });
  }
  if (!isStrict) return found;
  if (isDefaultProvider)
    found.push({ property: "", reason: "strict mode prohibits default provider" });
  for (const property of ["kubeconfig", "context"]) {
    if (isGiven(args[property])) continue;
    found.push({ property, reason: `strict mode requires Provider "${property}" argument` });
  }
  return found;
}

/** Is strict mode on, by an argument or by the stack's configuration? */
export function isStrict(args: Properties, env: NodeJS.ProcessEnv = process.env): boolean {
  const given = plain(args["strictMode"]);
  if (given !== undefined) return isTrue(given);
  const config = JSON.parse(env["PULUMI_CONFIG"] ?? "{}") as Properties;
  return isTrue(config["strictMode"]);
}

/** A kubeconfig is a path, a text, or the object that such a text stands for. */
export function kubeconfigOf(value: Value | undefined): string | undefined {
  const given = plain(value);
  if (isObject(given)) return JSON.stringify(given);
  return typeof given === "string" && given !== "" ? given : undefined;
}

const text = (value: Value | undefined): string | undefined => {
  const given = plain(value);
  return typeof given === "string" && given !== "" ? given : undefined;
};

/** The value without its wrapping; nothing where it is null or not known yet. */
function plain(value: Value | undefined): Value | undefined {
  const inner = value === undefined ? undefined : bare(value);
  return inner === null || inner === unknown ? undefined : inner;
}

const isGiven = (value: Value | undefined): boolean =>
  value !== undefined && bare(value) !== null && bare(value) !== "" && bare(value) !== false;

/** The engine writes booleans of a stack's configuration as text. */
const isTrue = (value: unknown): boolean => value === true || value === "true";
const isFalse = (value: unknown): boolean => value === false || value === "false";
