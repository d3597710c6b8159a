import { z } from "zod";
import { looksSecret, soundsSecret } from "./credentials";
import { mappingOf } from "./fields";
import type { Path } from "./lines";

/** A strategic-merge patch of one object. */
export type Patch = Readonly<Record<string, unknown>>;
/** Patches by `Kind/name` of their objects; `*` in a name is any text. */
export type Patches = Readonly<Record<string, Patch>>;

const patch = z.record(
  z.string(),
  z.unknown(),
  "a strategic-merge patch: a mapping as in the object's YAML",
);

/**
 * `customize`: patches of rendered objects. It refuses fields that identify the object, select pods or set the image, because the
 * platform relies on them.
 */
export const patches = mappingOf(
  z
    .string()
    .regex(
      /^[A-Z][A-Za-z]+\/[a-z0-9*][-a-z0-9.*]*$/,
      "an object as Kind/name, such as Deployment/packet-label, or Deployment/* for all",
    ),
  patch,
  "a mapping from objects, each as Kind/name, to strategic-merge patches",
).superRefine((given, context) => {
  for (const [key, value] of Object.entries(given))
    for (const [path, message] of forbidden(key, value))
      context.addIssue({
        code: "custom",
        path: [key, ...path],
        message,
        input: given,
        params: { hidden: true },
      });
}) as unknown as z.ZodType<Patches>;

/** Labels by which the platform finds its objects. */
const ownLabel = /^(app|slipway\/.*|app\.kubernetes\.io\/.*)$/;

/** A forbidden field of a patch: its path, and what is allowed. */
function forbidden(key: string, patch: Patch): [path: Path, allowed: string][] {
  if (key.startsWith("Secret/"))
    return [
      [
        [],
        "an object other than a Secret: its values belong to `slipway:secrets`, where nobody reads them",
      ],
    ];
  const kept = ["apiVersion", "kind", "status"].filter((name) => name in patch);
  return [
    ...kept.map((name): [Path, string] => [
      [name],
      "a patch without it: it says which object it is",
    ]),
    ...below(patch, []),
  ];
}

const noCredential =
  "no credential in plain text, and this looks like one: `secrets` of the project's file, or valueFrom with a Secret";

function below(value: unknown, path: Path): [path: Path, allowed: string][] {
  if (Array.isArray(value))
    return value.flatMap((each, index): [path: Path, allowed: string][] =>
      typeof each === "string" && looksSecret(each)
        ? [[[...path, index], noCredential]]
        : below(each, [...path, index]),
    );
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const at = [...path, key];
    const allowed = rule(at, inner, value as Readonly<Record<string, unknown>>);
    return allowed === undefined ? below(inner, at) : [[at, allowed] as [Path, string]];
  });
}

/** What is allowed in place of a forbidden key of a patch; undefined where the key is allowed. */
function rule(
  path: Path,
  value: unknown,
  beside: Readonly<Record<string, unknown>>,
): string | undefined {
  const [key, parent] = [String(path.at(-1)), path.at(-2)];
  const where = path.join(".");
  if (/^metadata\.(name|namespace|generateName|uid|ownerReferences|finalizers)$/.test(where))
    return "a patch without it: it says which object it is";
  if (where === "spec.selector" || where === "spec.volumeName")
    return "a patch without it: it says which pods, or which data, the object goes by";
  if (where === "spec.replicas")
    return "a patch without it: say `replicas` or `autoscale` in the project's file";
  if (parent === "labels" && ownLabel.test(key))
    return "labels other than the platform's own, which it finds its objects by";
  // Of a variable its name says it, of everything else its key.
  const name = key === "value" && typeof beside["name"] === "string" ? beside["name"] : key;
  if (typeof value === "string" && value !== "" && (soundsSecret(name) || looksSecret(value)))
    return noCredential;
  if (key === "image" && typeof value === "string" && !/@sha256:[0-9a-f]{64}$/.test(value))
    return "an image by digest: name@sha256:…";
  return undefined;
}
