import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { Problem } from "../../components/shared/problem";
import {
  fixMissing,
  openConfig,
  readConfig,
  recipeOf,
  type ConfigArgs,
  type ConfigMode,
  type ProjectConfig,
} from "./config-repository";
import {
  assemble,
  contentHash,
  git,
  layFiles,
  lfsPointers,
  readContext,
  unreadableIn,
  withGitsModes,
} from "./context";
import { imageNames, withoutFrontend } from "./dockerfile";
import { RepositoryError, treeAt } from "./repository";

/** The sources of an image. */
export interface Source {
  /** Directory of the code, relative to the checkout. */
  context: string;
  /** Text of the Dockerfile. */
  dockerfile: string;
  /** Directory of the project's own configuration, relative to the checkout: the Dockerfile's `--from=config`. */
  config?: string;
  /** SHA-256 of everything that goes into the image, in hex; the same in every checkout. */
  hash: string;
}

/** Where sources are in this checkout. */
export interface SourceRoots {
  /** Directory with one directory per project. */
  code: string;
  /** The `config` repository. */
  config: string;
  /** Commit of the config repository to read, regardless of its work tree. */
  commit?: string;
}

/** The project settings that decide where its sources are. */
export interface SourceArgs extends ConfigArgs {
  /** How its configuration reaches the program. @default "bake" */
  mode?: ConfigMode;
  /** Path where the program expects mounted configuration, if not where our Dockerfiles put it. */
  path?: string;
  /** Commit of its code to read, regardless of its work tree. */
  commit?: string;
}

/** Whether a project's configuration is mounted rather than part of its image. */
export const mounts = ({ mode }: Pick<SourceArgs, "mode">): boolean =>
  mode !== undefined && mode !== "bake";

type Found =
  | { source: Source; config: ProjectConfig; problems: [] }
  | { source: undefined; config?: undefined; problems: Problem[] };

/** Reads the sources of a project; reports everything that is missing or unreadable, with the file that was probably meant. */
export function readSource(checkout: string, roots: SourceRoots, args: SourceArgs): Found {
  try {
    return sourceIn(checkout, roots, args);
  } catch (error) {
    return { source: undefined, problems: [unreadable(checkout, error)] };
  }
}

function sourceIn(checkout: string, roots: SourceRoots, args: SourceArgs): Found {
  const code = readCode(checkout, roots, args);
  const { project } = args;
  const opened = openConfig(checkout, roots.config, { project, commit: roots.commit });
  const others = projectsIn(checkout, roots.code).filter((name) => name !== project);
  const { config, problems: configProblems } =
    opened.place === undefined
      ? { config: undefined, problems: [opened.problem] }
      : readConfig(checkout, opened.place, args, others);
  const problems: Problem[] = [...configProblems, ...(code.problem ? [code.problem] : [])];
  if (config !== undefined && opened.place !== undefined) {
    if (imageNames(config.dockerfile).length === 0) {
      const allowed = "a Dockerfile with a FROM line";
      problems.push({ path: "dockerfile", given: config.recipe, allowed });
    }
    problems.push(...baseProblems(checkout, opened.place.root, config.dockerfile));
    const { foreign } = withoutFrontend(config.dockerfile);
    if (foreign !== undefined) problems.push(foreignFrontend(foreign));
  }
  if (problems.length > 0 || config === undefined || code.path === undefined) {
    return { source: undefined, problems };
  }
  const baked = !mounts(args);
  const { tree } = config;
  const { text: dockerfile } = withoutFrontend(config.dockerfile);
  const clash = tree === undefined ? undefined : clashOf(checkout, code.path, tree);
  if (clash !== undefined) return { source: undefined, problems: [clash] };
  const parts = tree === undefined ? [code.path] : [tree, code.path];
  const given = parts.map((part) => readContext(join(checkout, part)));
  const unnamed = given.flatMap((part) =>
    unreadableIn(part).map((name) => misnamed(relative(checkout, join(part.directory, name)))),
  );
  if (unnamed.length > 0) return { source: undefined, problems: unnamed };
  const [only] = given;
  const asItLies = only && tree === undefined && !existsSync(join(checkout, code.path, git));
  const sent = asItLies
    ? withGitsModes(checkout, only)
    : assemble(checkout, parts, tree !== undefined && !baked);
  const pointers = lfsPointers(sent);
  if (pointers.length > 0) return { source: undefined, problems: [unfetched(code.path, pointers)] };
  const [context, hash] = [relative(checkout, sent.directory), contentHash(sent, dockerfile)];
  if (tree !== undefined) return { source: { context, dockerfile, hash }, config, problems: [] };
  const own = relative(checkout, layFiles(checkout, contents(config, baked)).directory);
  const all = createHash("sha256").update(`${hash}\0${own}`).digest("hex");
  return { source: { context, dockerfile, config: own, hash: all }, config, problems: [] };
}

const foreignFrontend = (given: string): Problem => ({
  path: "dockerfile",
  given: `# syntax=${given}`,
  allowed: "docker/dockerfile, or no such line: BuildKit's own frontend reads Dockerfiles here",
  fix: "remove the line, or build the image elsewhere and release it by its digest",
});

const misnamed = (given: string): Problem => ({
  given,
  allowed: "files whose names are UTF-8; this one's is in another encoding",
  fix: "rename it: convmv -f latin1 -t utf8 --notest FILE, or by hand; its name in the program too",
});

/** Describes a system error about an unreadable file or a failed checkout; rethrows any other error. */
function unreadable(checkout: string, error: unknown): Problem {
  const { code, path, dest } = error as NodeJS.ErrnoException & { dest?: string };
  if (!(error instanceof Error) || code === undefined || path === undefined) throw error;
  const full = ["ENOSPC", "EROFS", "EDQUOT"].includes(code);
  const laidOut = path.startsWith(join(checkout, ".slipway")) ? path : full ? dest : undefined;
  const given = `${relative(checkout, laidOut ?? path)}: ${code}`;
  if (laidOut !== undefined) {
    const allowed = "a directory below .slipway that this user may write to, with free space";
    return { given, allowed, fix: `look at it: ls -ld ${laidOut}; df ${checkout}` };
  }
  return {
    given,
    allowed: "files that this user may read, and that stay while they are read",
    fix: `look at it: ls -ld ${path}; exclude what no image needs by a line in .dockerignore`,
  };
}

const unfetched = (code: string, [first = "", ...more]: readonly string[]): Problem => ({
  given: `${join(code, first)}${more.length === 0 ? "" : ` and ${more.length} more`}: a pointer of Git LFS`,
  allowed: "files with their content",
  fix: `install git-lfs, then: git -C ${code} lfs install && git -C ${code} lfs pull`,
});

function readCode(
  checkout: string,
  roots: SourceRoots,
  { project, commit }: SourceArgs,
): { path: string; problem?: undefined } | { path?: undefined; problem: Problem } {
  const path = join(roots.code, project);
  if (!existsSync(join(checkout, path))) {
    const fix = fixMissing(checkout, path, "or give it a record in `slipway:releases`");
    return { problem: { given: path, allowed: "a directory with the project's code", fix } };
  }
  if (commit === undefined) return { path };
  try {
    return { path: treeAt(checkout, path, commit) };
  } catch (error) {
    if (!(error instanceof RepositoryError)) throw error;
    const allowed = `a commit of the project: ${error.message}`;
    return { problem: { given: commit, allowed } };
  }
}

/** The configuration as the Dockerfile gets it, byte by byte; if it is mounted, an empty file in its place. */
const contents = ({ files }: ProjectConfig, baked: boolean): Record<string, Uint8Array> =>
  baked
    ? files
    : Object.fromEntries(Object.keys(files).map((name) => [name, new Uint8Array()] as const));

/** Files that both a CD tree and the code delivered beside it (`ROOT.war`) contain: one would hide the other. */
function clashOf(checkout: string, code: string, tree: string): Problem | undefined {
  const own = new Set(readdirSync(join(checkout, tree)));
  const both = readdirSync(join(checkout, code)).filter((name) => name !== git && own.has(name));
  if (both.length === 0) return undefined;
  const given = both.map((name) => join(code, name)).join(", ");
  return { given, allowed: `files that are not in ${tree} as well: an image is built of both` };
}

/**
 * Reads the base images that Dockerfiles name: `FROM front/packet` is built from the directory `front/packet` of the config
 * repository, if it exists, and may depend on others.
 */
export function readBases(
  checkout: string,
  roots: SourceRoots,
  sources: readonly Pick<Source, "dockerfile">[],
): { bases: Record<string, Source>; problems: Problem[] } {
  const [bases, problems]: [Record<string, Source>, Problem[]] = [{}, []];
  let root = roots.config;
  try {
    if (roots.commit !== undefined) root = treeAt(checkout, root, roots.commit);
  } catch (error) {
    // A missing commit is reported by the sources; CD trees that are repositories of their own share no base images.
    if (!(error instanceof RepositoryError)) throw error;
  }
  const waiting = sources.flatMap(({ dockerfile }) => imageNames(dockerfile));
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const directory = join(root, name);
    const recipe = name in bases ? undefined : recipeOf(join(checkout, directory));
    if (recipe === undefined) continue;
    try {
      const given = readFileSync(join(checkout, directory, recipe), "utf8");
      const { text: dockerfile } = withoutFrontend(given);
      const sent = withGitsModes(checkout, readContext(join(checkout, directory)));
      const context = relative(checkout, sent.directory);
      bases[name] = { context, dockerfile, hash: contentHash(sent, dockerfile) };
      waiting.push(...imageNames(dockerfile));
    } catch (error) {
      problems.push({ file: directory, ...unreadable(checkout, error) });
    }
  }
  return { bases, problems };
}

/**
 * A source whose hash also covers everything it depends on: base images that are built first, at any depth, and existing ones by
 * their references. Any difference gives another image and another tag.
 */
export function grounded(
  source: Source,
  bases: Readonly<Record<string, Source>>,
  templates: Readonly<Record<string, string>>,
): Source {
  const seen = new Set<string>();
  const below = ({ dockerfile }: Pick<Source, "dockerfile">): string[] =>
    imageNames(dockerfile).flatMap((name) => {
      if (seen.has(name)) return [];
      seen.add(name);
      const base = bases[name];
      if (base !== undefined) return [`${name} ${base.hash}`, ...below(base)];
      return templates[name] === undefined ? [] : [`${name} ${templates[name]}`];
    });
  const ground = below(source).sort();
  if (ground.length === 0) return source;
  const hash = createHash("sha256").update([source.hash, ...ground].join("\n"));
  return { ...source, hash: hash.digest("hex") };
}

/** Base images that should be in the config repository (`front/…` if it has a directory `front`) but are not. */
function baseProblems(checkout: string, root: string, dockerfile: string): Problem[] {
  return imageNames(dockerfile).flatMap((name) => {
    const [group = "", ...rest] = name.split("/");
    // Not in the config repository's own groups; the builder may bring `template` as well.
    if (rest.length === 0 || group === "template" || !existsSync(join(checkout, root, group))) {
      return [];
    }
    if (recipeOf(join(checkout, root, name)) !== undefined) return [];
    const fix = fixMissing(checkout, join(root, name), "with a dockerfile in it");
    const allowed = `a base image: a directory \`${name}\` of the config repository`;
    // The line that names it; a name filled in by an argument is known by its value only.
    const line = dockerfile
      .split(/\r?\n/)
      .find((each) => each.includes(name) && !/^\s*#/.test(each));
    return [{ path: "dockerfile", given: line?.trim() ?? name, allowed, fix }];
  });
}

function projectsIn(checkout: string, code: string): string[] {
  const folder = join(checkout, code);
  return existsSync(folder) ? readdirSync(folder) : [];
}
