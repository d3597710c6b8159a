import { isJsonObject, type Json, type JsonObject } from "../rpc/values";
import { owns } from "./field-managers";
import type { KubeObject } from "./objects";
import { parsePath, type Path, valueAt } from "../rpc/paths";

/**
 * A manifest that leaves the fields of `ignoreChanges` as they are: what we do not own is not sent, so that its owner, for
 * example an autoscaler, keeps it; what we own is sent as it is now, because leaving it out would unset it.
 */
export function withIgnored(
  object: KubeObject,
  ignored: readonly string[],
  live: KubeObject,
  manager: string,
): KubeObject {
  return ignored.map(parsePath).reduce<KubeObject>((manifest, path) => {
    const now = valueAt(live as unknown as JsonObject, path) as Json | undefined;
    if (now === undefined) return manifest;
    const plain = path.every((step) => typeof step === "string" && step !== "*");
    const ours = !plain || owns(live.metadata.managedFields ?? [], manager, path.map(String));
    const json = manifest as unknown as JsonObject;
    return withValue(json, path, ours ? now : undefined) as unknown as KubeObject;
  }, object);
}

/** A copy with the value at a path replaced, or removed if there is none; paths that lead nowhere change nothing. */
function withValue(at: Json, path: Path, value: Json | undefined): Json {
  const [step, ...rest] = path;
  if (step === undefined) return value ?? null;
  if (Array.isArray(at)) {
    return at.map((item, index) =>
      step === "*" || Number(step) === index ? withValue(item, rest, value) : item,
    );
  }
  if (!isJsonObject(at) || !(String(step) in at)) return at;
  const { [String(step)]: inner, ...others } = at;
  if (rest.length === 0 && value === undefined) return others;
  return { ...others, [String(step)]: withValue(inner ?? null, rest, value) };
}
