import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { bare, isObject, type Properties, type Value } from "../rpc/values";

/** How assets and archives are marked on the wire (sdk/go/common/resource/sig of pulumi). */
const signatureKey = "4dabf18193072939515e22adb298388d";
const assetSignature = "c44067f5952c0a294b673a41bacd8c17";
const archiveSignature = "0def7320c3a5731c473e5ecbe6d01bc7";

/** A source of a copy: a local file or folder, or a text. */
export type AssetSource =
  { readonly path: string; readonly isArchive: boolean } | { readonly text: string };

/** Reads an asset or archive; undefined for kinds that are not copied. */
export function sourceOf(value: Value): AssetSource | undefined {
  const source = bare(value);
  if (!isObject(source)) return undefined;
  const kind = source[signatureKey];
  const [path, text] = [source["path"], source["text"]].map((part) => bare(part ?? null));
  if (kind === archiveSignature && typeof path === "string") return { path, isArchive: true };
  if (kind !== assetSignature) return undefined;
  if (typeof path === "string") return { path, isArchive: false };
  return typeof text === "string" ? { text } : undefined;
}

/** Why a source cannot be copied; undefined if it can. */
export function sourceProblem(value: Value): string | undefined {
  return sourceOf(value) === undefined
    ? "it has to be a FileAsset, a StringAsset or a FileArchive: remote and combined assets are not copied"
    : undefined;
}

/** Hash of an asset's or archive's content, as computed by the engine; undefined for anything else. */
export function hashOf(value: Properties): string | undefined {
  const kind = value[signatureKey];
  const hash = value["hash"];
  const isContent = kind === assetSignature || kind === archiveSignature;
  return isContent && typeof hash === "string" && hash !== "" ? hash : undefined;
}

/** Files of a folder that match the globs, as assets by their path in it. A glob after `!` excludes files. */
export async function findAssets(
  folder: string,
  globs: readonly string[],
): Promise<Record<string, Properties>> {
  const rules = globs.map((glob) => ({
    pattern: globPattern(glob.replace(/^!/, "")),
    takes: !glob.startsWith("!"),
  }));
  const taken = (await filesOf(folder, "")).filter((path) =>
    rules.reduce((so, { pattern, takes }) => (pattern.test(path) ? takes : so), false),
  );
  const assets: Record<string, Properties> = {};
  for (const path of taken.sort()) {
    const file = join(folder, path);
    assets[path] = { [signatureKey]: assetSignature, path: file, hash: await contentHash(file) };
  }
  return assets;
}

/** An archive of assets. The engine computes its hash if needed. */
export const archiveOf = (assets: Readonly<Record<string, Properties>>): Properties => ({
  [signatureKey]: archiveSignature,
  assets: { ...assets },
});

/**
 * A glob as in the official plugin (github.com/gobwas/glob with `/` as separator): `*` and `?` stop at `/`, `**` does not;
 * `[a-z]`, `[!a]`, `{one,two}`, and `\` to escape.
 */
export function globPattern(glob: string): RegExp {
  let depth = 0;
  const parts = glob.match(/\*\*+|\*|\?|\[!?[^\]]+\]|\\.|[^]/g) ?? [];
  const pattern = parts.map((part) => {
    if (part.startsWith("**")) return ".*";
    if (part === "*") return "[^/]*";
    if (part === "?") return "[^/]";
    if (part.startsWith("[") && part.length > 1) {
      return part.replace(/^\[!/, "[^").replaceAll("\\", "\\\\");
    }
    if (part === "{") {
      depth += 1;
      return "(?:";
    }
    if (depth > 0 && part === ",") return "|";
    if (depth > 0 && part === "}") {
      depth -= 1;
      return ")";
    }
    const literal = part.length === 2 ? part.slice(1) : part;
    return literal.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
  });
  return new RegExp(`^${pattern.join("")}${")".repeat(depth)}$`, "s");
}

async function filesOf(root: string, below: string): Promise<string[]> {
  const paths: string[] = [];
  for (const entry of await readdir(join(root, below), { withFileTypes: true })) {
    const path = below === "" ? entry.name : `${below}/${entry.name}`;
    paths.push(...(entry.isDirectory() ? await filesOf(root, path) : [path]));
  }
  return paths;
}

async function contentHash(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}
