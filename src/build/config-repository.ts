import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { configFiles, type ProjectKind } from "../../components/shared/names";
import { editDistance, nearest } from "../../components/shared/nearest";
import type { Problem } from "../../components/shared/problem";
import { pathsBelow } from "./context";
import { parseHosts } from "./etc-hosts";
import { RepositoryError, treeAt } from "./repository";

/** How a project's configuration reaches its program: in the image, or mounted from a ConfigMap or a Secret. */
export const configModes = ["bake", "mount", "secret"] as const;
export type ConfigMode = (typeof configModes)[number];

/** The project settings that decide which files of the config repository belong to it. */
export interface ConfigArgs {
  project: string;
  kind: ProjectKind;
  /** Path in the config repository, if it differs from the one derived from the name. */
  dockerfile?: string;
  /** The same for the program's configuration. */
  config?: string;
}

/** What the config repository holds for a project. */
export interface ProjectConfig {
  /** Text of the Dockerfile. */
  dockerfile: string;
  /** Its path, relative to the checkout. */
  recipe: string;
  /** The program's configuration: one file by its name, or the files of a directory by their paths in it. */
  files: Record<string, Buffer>;
  /** Path where the program expects it: a file or a directory. */
  path: string;
  /** SHA-256 of the configuration, in hex. */
  hash: string;
  /** Extra lines of /etc/hosts from the configuration: address → names. */
  hostAliases: Record<string, string[]>;
  /** Directory with everything that goes into the image besides the project's code; only a CD tree has one. */
  tree?: string;
}

type Found = { config: ProjectConfig; problems: [] } | { config: undefined; problems: Problem[] };

/** Directories of the config repository that belong to no single project. */
const shared: readonly string[] = ["front", "back", "template"];

/** Where a CD tree keeps its configuration, and what that replaces in the container (seeds/004). */
const treeConfig = { directory: "config", path: "/data/conf" } as const;

/** Where a project's configuration is stored. */
export interface ConfigPlace {
  /** The config repository, relative to the checkout. */
  root: string;
  /** The project's own directory, if it is a repository of its own. */
  own?: string;
}

/** Directory whose repository holds a project's configuration: the shared one or a CD tree of its own. */
export function configRepository(checkout: string, root: string, project: string): string {
  const own = join(root, project);
  return existsSync(join(checkout, own, ".git")) ? own : root;
}

/** Checks out a project's configuration at a commit; without a commit, uses the work tree. */
export function openConfig(
  checkout: string,
  root: string,
  { project, commit }: { project: string; commit: string | undefined },
): { place: ConfigPlace; problem?: undefined } | { place?: undefined; problem: Problem } {
  const repository = configRepository(checkout, root, project);
  const ofOwn = repository !== root;
  if (commit === undefined) return { place: ofOwn ? { root, own: repository } : { root } };
  try {
    const tree = treeAt(checkout, repository, commit);
    return { place: ofOwn ? { root, own: tree } : { root: tree } };
  } catch (error) {
    if (!(error instanceof RepositoryError)) throw error;
    const allowed = `a commit of the config repository: ${error.message}`;
    return { problem: { path: "config", given: commit, allowed } };
  }
}

/**
 * Reads what the config repository holds for a project; reports everything that is missing, with the file that was probably
 * meant.
 */
export function readConfig(
  checkout: string,
  { root, own }: ConfigPlace,
  args: ConfigArgs,
  others: readonly string[] = [],
): Found {
  const tree = own ?? join(root, args.project);
  const recipe = shared.includes(args.project) ? undefined : recipeOf(join(checkout, tree));
  if (args.dockerfile === undefined && args.config === undefined && recipe !== undefined) {
    return readTree(checkout, tree, recipe);
  }
  const standard = configFiles(args.kind, args.project);
  const taken = others.flatMap((other) => {
    const { dockerfile, settings } = configFiles(args.kind, other);
    return [dockerfile, settings];
  });
  const read = (
    key: "dockerfile" | "settings",
  ): { path: string; bytes?: Buffer; problem?: Problem } => {
    const setting = key === "settings" ? "config" : key;
    const path = join(root, args[setting] ?? standard[key]);
    if (isFile(join(checkout, path))) return { path, bytes: readFileSync(join(checkout, path)) };
    const otherwise = `or say in the project's file where it is: \`${setting}: …\``;
    const free = (name: string) => !taken.includes(join(dirname(standard[key]), name));
    const fix = fixMissing(checkout, path, otherwise, free);
    const allowed = "a file of the config repository";
    return { path, problem: { path: setting, given: path, allowed, fix } };
  };
  const [dockerfile, settings] = [read("dockerfile"), read("settings")];
  const problems = [dockerfile.problem, settings.problem].filter(
    (problem) => problem !== undefined,
  );
  if (dockerfile.bytes === undefined || settings.bytes === undefined) {
    return { config: undefined, problems: [...problems, ...treeProblems(checkout, tree)] };
  }
  const files = { [basename(standard.settings)]: settings.bytes };
  const path = mountPaths[args.kind](args.project);
  const config = {
    dockerfile: dockerfile.bytes.toString("utf8"),
    recipe: dockerfile.path,
    files,
    path,
    hash: hashOf(files),
    hostAliases: {},
  };
  return { config, problems: [] };
}

/** Where our Dockerfiles put the file that they copy from the config repository. */
const mountPaths: Record<ProjectKind, (project: string) => string> = {
  front: (project) => `/etc/nginx/conf.d/${project}.proxy.conf`,
  back: () => "/app/appsettings.json",
};

/**
 * A directory of the config repository with a project's whole CD tree: dockerfile, config/, hosts and whatever else it copies.
 */
function readTree(checkout: string, tree: string, recipe: string): Found {
  const folder = join(checkout, tree);
  const directory = join(folder, treeConfig.directory);
  const files = existsSync(directory)
    ? Object.fromEntries(
        filesBelow(directory).map((path) => [path, readFileSync(join(directory, path))]),
      )
    : {};
  const hosts = join(folder, "hosts");
  const text = isFile(hosts) ? readFileSync(hosts, "utf8") : "";
  const { hostAliases, problems } = parseHosts(text, join(tree, "hosts"));
  if (problems.length > 0) return { config: undefined, problems };
  const config = {
    dockerfile: readFileSync(join(folder, recipe), "utf8"),
    recipe: join(tree, recipe),
    files,
    tree,
    hostAliases,
    path: treeConfig.path,
    hash: hashOf({ ...files, "../hosts": Buffer.from(JSON.stringify(hostAliases)) }),
  };
  return { config, problems: [] };
}

/** A tree whose name differs from the project's only in spelling. */
function treeProblems(checkout: string, tree: string): Problem[] {
  const folder = join(checkout, dirname(tree));
  const trees = existsSync(folder)
    ? readdirSync(folder).filter((name) => recipeOf(join(folder, name)) !== undefined)
    : [];
  const meant = near(basename(tree), trees);
  if (meant === undefined) return [];
  const fix = `there is \`${meant}\`: rename it`;
  return [{ path: "name", given: tree, allowed: "the project's own directory", fix }];
}

/** Name of the Dockerfile in a directory, in any upper and lower case. */
export const recipeOf = (directory: string): string | undefined =>
  existsSync(directory) && statSync(directory).isDirectory()
    ? readdirSync(directory).find((name) => /^dockerfile$/i.test(name))
    : undefined;

/** How to fix a missing file: rename the one that was probably meant, unless that belongs to another project. */
export function fixMissing(
  checkout: string,
  path: string,
  otherwise: string,
  free: (name: string) => boolean = () => true,
): string {
  const folder = join(checkout, dirname(path));
  const names = existsSync(folder) ? readdirSync(folder).filter(free) : [];
  const meant = near(basename(path), names);
  return meant === undefined
    ? `add it, ${otherwise}`
    : `there is \`${meant}\`: rename it, ${otherwise}`;
}

/** The nearest name, if it is near enough: names of one family (`…Output.Api`, `…Task.Api`) are not confused with each other. */
function near(word: string, names: readonly string[]): string | undefined {
  const meant = nearest(word, names);
  if (meant === undefined) return undefined;
  const distance = editDistance(word.toLowerCase(), meant.toLowerCase());
  return distance <= Math.max(2, Math.floor(word.length / 8)) ? meant : undefined;
}

const isFile = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isFile() === true;

/** Paths of all files below a directory, sorted; a link to a file counts as a file. */
export const filesBelow = (directory: string): string[] =>
  pathsBelow(directory).filter((path) => isFile(join(directory, path)));

function hashOf(files: Readonly<Record<string, Buffer>>): string {
  const hash = createHash("sha256");
  for (const [name, bytes] of Object.entries(files).sort()) {
    hash.update(`${name}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest("hex");
}
