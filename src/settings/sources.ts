import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { withConfig } from "../../components/app/dockerfile";
import { configFiles, type Kind } from "../../components/shared/names";
import { nearest } from "../../components/shared/nearest";
import type { Problem } from "../../components/shared/problem";

/** What an image is built from. */
export interface Source {
  /** Directory of the code, relative to the checkout. */
  context: string;
  /** Text of the Dockerfile, with the project's own configuration in it. */
  dockerfile: string;
  /** SHA-256 of all that goes into the image, in hex; the same in every checkout. */
  hash: string;
}

/** Where sources lie in this checkout. */
export interface SourceRoots {
  /** Directory with one directory per project. */
  code: string;
  /** The `config` repository. */
  config: string;
}

/** What of a project decides where its sources are. */
export interface SourceArgs {
  project: string;
  kind: Kind;
  /** Path in the config repository, when it is not the one that follows from the name. */
  dockerfile?: string;
  /** The same for the file that is baked into the image. */
  config?: string;
}

type Found = { source: Source; problems: [] } | { source: undefined; problems: Problem[] };

/** Reads the sources of a project; tells all that is missing, with the file that was probably meant. */
export function readSource(checkout: string, roots: SourceRoots, args: SourceArgs): Found {
  const standard = configFiles(args.kind, args.project);
  const context = join(roots.code, args.project);
  const dockerfile = readConfigFile(
    checkout,
    roots,
    "dockerfile",
    args.dockerfile ?? standard.dockerfile,
  );
  const settings = readConfigFile(checkout, roots, "config", args.config ?? standard.settings);
  const problems = [dockerfile, settings].flatMap(({ problem }) => problem ?? []);
  if (!existsSync(join(checkout, context))) {
    problems.push({
      given: context,
      allowed: "a directory with the project's code",
      mend: mendMissing(checkout, context, "or give it a record in `slipway:releases`"),
    });
  }
  if (dockerfile.text !== undefined && !/^\s*FROM\s/im.test(dockerfile.text)) {
    problems.push({
      path: "dockerfile",
      given: dockerfile.path,
      allowed: "a Dockerfile with a FROM line",
    });
  }
  if (problems.length > 0 || dockerfile.text === undefined || settings.text === undefined) {
    return { source: undefined, problems };
  }
  const text = withConfig(dockerfile.text, { [basename(standard.settings)]: settings.text });
  return {
    source: { context, dockerfile: text, hash: contentHash(join(checkout, context), text) },
    problems: [],
  };
}

/**
 * Reads the base images that Dockerfiles name: `FROM front/packet` is built from the directory `front/packet` of the config
 * repository, if there is one, and may itself name another.
 */
export function readBases(
  checkout: string,
  roots: SourceRoots,
  sources: readonly Source[],
): Record<string, Source> {
  const bases: Record<string, Source> = {};
  const waiting = sources.flatMap(({ dockerfile }) => baseNames(dockerfile));
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const context = join(roots.config, name);
    const path = join(checkout, context, "dockerfile");
    if (name in bases || !existsSync(path)) continue;
    const dockerfile = readFileSync(path, "utf8");
    bases[name] = { context, dockerfile, hash: contentHash(join(checkout, context), dockerfile) };
    waiting.push(...baseNames(dockerfile));
  }
  return bases;
}

/** Names that a Dockerfile's FROM lines give, its own stages included. */
export const baseNames = (dockerfile: string): string[] =>
  [...dockerfile.matchAll(/^\s*FROM\s+(?:--\S+\s+)?(\S+)/gim)].flatMap(([, name]) => name ?? []);

function readConfigFile(
  checkout: string,
  roots: SourceRoots,
  key: "dockerfile" | "config",
  name: string,
): { path: string; text?: string; problem?: Problem } {
  const path = join(roots.config, name);
  if (existsSync(join(checkout, path)))
    return { path, text: readFileSync(join(checkout, path), "utf8") };
  const problem: Problem = {
    path: key,
    given: path,
    allowed: "a file of the config repository",
    mend: mendMissing(checkout, path, `or say in the project's file where it is: \`${key}: …\``),
  };
  return { path, problem };
}

function mendMissing(checkout: string, path: string, otherwise: string): string {
  const folder = join(checkout, dirname(path));
  const meant = nearest(basename(path), existsSync(folder) ? readdirSync(folder) : []);
  return meant === undefined
    ? `add it, ${otherwise}`
    : `there is \`${meant}\`: rename it, ${otherwise}`;
}

/** Hash over the names, contents and execute bits of a directory's files, and a Dockerfile. */
export function contentHash(directory: string, dockerfile: string): string {
  const hash = createHash("sha256").update(dockerfile);
  const files = readdirSync(directory, { recursive: true, encoding: "utf8" }).sort();
  for (const file of files) {
    const path = join(directory, file);
    const { mode } = statSync(path);
    if (!statSync(path).isFile()) continue;
    hash.update(`\0${file}\0${(mode & 0o100) === 0 ? "-" : "x"}\0`).update(readFileSync(path));
  }
  return hash.digest("hex");
}
