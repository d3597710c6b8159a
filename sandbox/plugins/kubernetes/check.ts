import { CheckRequest } from "@pulumi/pulumi/proto/provider_pb";
import { createHash } from "node:crypto";
import {
  bare,
  isObject,
  mapValues,
  omit,
  type Properties,
  Secret,
  unknown,
  type Value,
} from "../rpc/values";
import { PluginError } from "../rpc/errors";
import type { Failure } from "../rpc/responses";
import { annotation, annotations, isAnnotated } from "./objects";
import { sealSecretData } from "./secrets";

/** How a resource without a name gets one. */
export interface Naming {
  /** Name of the resource in the program. */
  readonly resource: string;
  /** Randomness from the engine, the same in preview and update. */
  readonly seed: Uint8Array;
  /** The stack's `pulumi:autonaming`, where it is configured. */
  readonly configured?: { readonly mode: number; readonly name: string };
}

/** Inputs in the one form that is compared and recorded, however the program spelled them. */
export function normalize(inputs: Properties): Properties {
  if (inputs["apiVersion"] !== "v1" || inputs["kind"] !== "Secret") return inputs;
  const text = bare(inputs["stringData"] ?? null);
  const data = bare(inputs["data"] ?? null);
  const encoded = isObject(text) ? mapValues(text, (value) => encodeBase64(value)) : {};
  const plain = isObject(data) ? mapValues(data, (value) => withoutBlanks(value)) : undefined;
  if (isObject(text)) {
    return sealSecretData({ ...omit(inputs, "stringData"), data: { ...plain, ...encoded } });
  }
  return sealSecretData(plain === undefined ? inputs : { ...inputs, data: plain });
}

/** What cannot be honoured in these inputs. */
export function failures(inputs: Properties): Failure[] {
  const found: Failure[] = [];
  const metadata = bare(inputs["metadata"] ?? null);
  if (isObject(metadata) && "generateName" in metadata && !("name" in metadata)) {
    found.push({
      property: "metadata.generateName",
      reason:
        "server-side apply needs a name: set metadata.name, or leave both out for a generated one",
    });
  }
  if (annotation(inputs, "waitFor") !== undefined) {
    found.push({
      property: `metadata.annotations["${annotations.waitFor}"]`,
      reason:
        "is not supported by Slipway's stand-in for the kubernetes plugin: remove it, or install the official plugin",
    });
  }
  return found;
}

/** Gives the object the name it has, or a new one, if the program leaves it open. Throws if a name is required. */
export function withName(inputs: Properties, olds: Properties, naming: Naming): Properties {
  if (isNamed(inputs)) return inputs;
  const former = isAnnotated(olds, "autonamed") ? nameOf(olds) : undefined;
  return withMetadata(inputs, {
    name: former ?? newName(naming),
    annotations: mergedInto(metadataOf(inputs)?.["annotations"], {
      [annotations.autonamed]: "true",
    }),
  });
}

/** Puts the object into a namespace unless it names one. */
export function withNamespace(inputs: Properties, namespace: string): Properties {
  const given = metadataOf(inputs)?.["namespace"];
  return given === undefined || given === "" ? withMetadata(inputs, { namespace }) : inputs;
}

/** Does the program itself, or an earlier run, name the object? A name that is not known yet is one. */
export function isNamed(inputs: Properties): boolean {
  const metadata = bare(inputs["metadata"] ?? null);
  if (metadata === unknown) return true;
  const name = isObject(metadata) ? bare(metadata["name"] ?? null) : null;
  return name !== null && name !== "";
}

function newName({ resource, seed, configured }: Naming): string {
  const { Mode } = CheckRequest.AutonamingOptions;
  if (configured?.mode === Mode.DISABLE) {
    throw new PluginError("autonaming is disabled: set metadata.name");
  }
  if (configured !== undefined && configured.name !== "") return configured.name;
  return `${resource}-${createHash("sha256").update(seed).digest("hex").slice(0, 8)}`;
}

function nameOf(inputs: Properties): string | undefined {
  const name = bare(metadataOf(inputs)?.["name"] ?? null);
  return typeof name === "string" && name !== "" ? name : undefined;
}

function metadataOf(inputs: Properties): Properties | undefined {
  const metadata = bare(inputs["metadata"] ?? null);
  return isObject(metadata) ? metadata : undefined;
}

function withMetadata(inputs: Properties, changes: Properties): Properties {
  return { ...inputs, metadata: mergedInto(inputs["metadata"], changes) };
}

/** An object with more keys, as secret or unknown as it was. */
function mergedInto(value: Value | undefined, changes: Properties): Value {
  if (value instanceof Secret) return new Secret(mergedInto(bare(value), changes));
  if (value === unknown) return value;
  return isObject(value) ? { ...value, ...changes } : changes;
}

function encodeBase64(value: Value): Value {
  const text = bare(value);
  return typeof text === "string" ? Buffer.from(text).toString("base64") : text;
}

/** The server decodes and encodes again, which drops line breaks. */
function withoutBlanks(value: Value): Value {
  const text = bare(value);
  return typeof text === "string" ? text.replace(/\s/g, "") : text;
}
