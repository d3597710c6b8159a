import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What git knows about a directory: a repository or a part of one. */
export interface Revision {
  /** All 40 digits. For a part of a repository: the last commit that touched it, so that commits elsewhere do not count. */
  commit: string;
  /** E-mail address of the commit's author. */
  author: string;
  /** Author date as `yyyymmdd-hhmm`, in the author's time zone. */
  authored: string;
  /** The branch it was requested by, or the checked-out one if it is at this commit. */
  branch?: string;
  /** A tag of this commit; the highest version if there are several. */
  gitTag?: string;
}

/** A directory's revision, and whether its files are those of the commit. */
export type WorkTree = Revision & { dirty: boolean };

/** Why a repository cannot be used, in one sentence. */
export class RepositoryError extends Error {
  public override readonly name = "RepositoryError";
}

/**
 * Where trees of commits are checked out, below the checkout. Their names follow from the content, so they are shared and never
 * change.
 */
const treesDirectory = join(".slipway", "sources");
/** Trees unused for this long are removed, in milliseconds. */
const treeLifetime = 30 * 24 * 3600 * 1000;

/** Variables by which git tells a hook which repository it was called for. */
const ofAnother = /^GIT_(DIR|WORK_TREE|INDEX_FILE|PREFIX|COMMON_DIR|OBJECT_DIRECTORY|NAMESPACE)$/;

/** What git knows about a directory in the work tree; undefined if it is not in git. */
export function workTreeOf(directory: string): WorkTree | undefined {
  if (!existsSync(directory) || repositoryPrefix(directory) === undefined) return undefined;
  const scope = scopeOf(directory);
  const commit = tryGit(directory, ["log", "-1", "--format=%H", "--", ...scope]);
  // Not committed yet, or ignored: no commit has these files.
  if (commit === undefined || commit === "") return undefined;
  if (scope.length > 0 && tryGit(directory, ["cat-file", "-e", "HEAD:./"]) === undefined) {
    return undefined;
  }
  return { ...describe(directory, commit), dirty: isDirty(directory) };
}

/**
 * Whether the files of a directory differ from its commit. Git uses an index of ours: the user's may exclude files
 * (assume-unchanged, skip-worktree, a sparse checkout), and settings can hide modes and submodules.
 */
function isDirty(directory: string): boolean {
  const folder = mkdtempSync(join(tmpdir(), "slipway-index-"));
  const all = {
    "core.sparseCheckout": "false",
    "core.fileMode": "true",
    "core.fsmonitor": "false",
  };
  const settings = Object.entries(all).flatMap(([key, value]) => ["-c", `${key}=${value}`]);
  const env = { GIT_INDEX_FILE: join(folder, "index") };
  const flags = ["--porcelain", "--untracked-files=normal", "--ignore-submodules=none"];
  try {
    git(directory, [...settings, "read-tree", "HEAD"], env);
    return git(directory, [...settings, "status", ...flags, "--", "."], env) !== "";
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Files of a directory that git ignores, relative to it: a work tree with such files counts as clean. */
export function ignoredFiles(directory: string): string[] {
  const flags = ["--others", "--ignored", "--exclude-standard", "-z"];
  return git(directory, ["ls-files", ...flags, "--", "."])
    .split("\0")
    .filter((name) => name !== "");
}

/** What git knows about a commit, by its digits, a tag or a branch. */
export function revisionAt(directory: string, name: string): Revision {
  if (!existsSync(directory) || repositoryPrefix(directory) === undefined) {
    throw new RepositoryError(`${directory} is not kept in git, so it has no commit ${name}`);
  }
  // A name that begins with a dash would be parsed as an option.
  const commit = /^[-]/.test(name)
    ? undefined
    : tryGit(directory, ["rev-parse", "--verify", "--quiet", `${name}^{commit}`]);
  if (commit === undefined) {
    throw new RepositoryError(
      `the repository of ${directory} has no commit ${name}; if others have it: git -C ${directory} ${fetchOf(directory, name)}`,
    );
  }
  const branch = branchCalled(directory, name);
  return { ...describe(directory, commit), ...(branch === undefined ? {} : { branch }) };
}

/**
 * The git command that fetches a missing commit: by its digits, whatever branch it is on, if any; otherwise the shallow clone is
 * completed.
 */
function fetchOf(directory: string, name: string): string {
  if (/^[0-9a-f]{40}$/.test(name)) return `fetch origin ${name}`;
  const shallow = git(directory, ["rev-parse", "--is-shallow-repository"]) === "true";
  return shallow ? "fetch --unshallow --tags" : "fetch";
}

/** The branch that a name stands for, local or remote: `feature/x`, `origin/feature/x`. */
function branchCalled(directory: string, name: string): string | undefined {
  const full = tryGit(directory, ["rev-parse", "--symbolic-full-name", "--verify", name]);
  return full?.match(/^refs\/(?:heads|remotes\/[^/]+)\/(.+)$/)?.[1];
}

/** Checks out a directory at a commit, leaving work tree and index untouched; returns the path relative to the checkout. */
export function treeAt(checkout: string, directory: string, name: string): string {
  const source = join(checkout, directory);
  const { commit } = revisionAt(source, name);
  const tree = tryGit(source, ["rev-parse", "--verify", "--quiet", `${commit}:./`]);
  if (tree === undefined) {
    throw new RepositoryError(`${directory} does not exist in commit ${commit.slice(0, 8)}`);
  }
  const place = join(treesDirectory, `${tree}${attributesAbove(source, commit)}`);
  const target = join(checkout, place);
  if (existsSync(target)) {
    const now = new Date();
    utimesSync(target, now, now);
    return place;
  }
  if (/^160000 /m.test(git(source, ["ls-tree", "-r", tree]))) {
    throw new RepositoryError(
      `${directory} has submodules in commit ${commit.slice(0, 8)}; their files are in no commit of this repository`,
    );
  }
  layOut(source, commit, target);
  return place;
}

/** Distinguishes trees with equal content but different inherited attributes, which decide line ends; empty if there are none. */
function attributesAbove(source: string, commit: string): string {
  const folders = (repositoryPrefix(source) ?? "").split("/").slice(0, -1);
  const files = folders.map((_, depth) => [...folders.slice(0, depth), ".gitattributes"].join("/"));
  const found = files.flatMap(
    (file) => tryGit(source, ["rev-parse", "--verify", "--quiet", `${commit}:${file}`]) ?? [],
  );
  if (found.length === 0) return "";
  return `-${createHash("sha256").update(found.join(" ")).digest("hex").slice(0, 8)}`;
}

function layOut(source: string, commit: string, target: string): void {
  const trees = join(target, "..");
  mkdirSync(trees, { recursive: true });
  forgetOld(trees);
  const temporary = mkdtempSync(join(trees, ".new-"));
  // Modes as git sets them: the umask of this process must not affect the image.
  const umask = process.umask(0o022);
  try {
    const files = join(temporary, "files");
    mkdirSync(files);
    const env = {
      GIT_DIR: git(source, ["rev-parse", "--absolute-git-dir"]),
      GIT_WORK_TREE: files,
      GIT_INDEX_FILE: join(temporary, "index"),
    };
    const prefix = repositoryPrefix(source) ?? "";
    // The whole commit, because attributes above the directory count as well.
    git(files, ["read-tree", commit], env);
    const inside = git(files, ["ls-files", "-z", "--", prefix === "" ? "." : prefix], env);
    // Line ends as in the commit, whatever this machine is configured to.
    const out = ["-c", "core.autocrlf=false", "checkout-index", "-z", "--stdin"];
    git(files, out, env, inside);
    renameSync(join(files, prefix), target);
  } catch (error) {
    // Another run may have checked out the same tree meanwhile.
    if (!existsSync(target)) throw error;
  } finally {
    process.umask(umask);
    rmSync(temporary, { recursive: true, force: true });
  }
}

function forgetOld(trees: string): void {
  for (const name of readdirSync(trees)) {
    const path = join(trees, name);
    const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > treeLifetime) rmSync(path, { recursive: true, force: true });
  }
}

function describe(directory: string, commit: string): Revision {
  const format = ["--no-patch", "--format=%ae%n%ad", "--date=format:%Y%m%d-%H%M"];
  const [author = "", authored = ""] = git(directory, ["show", ...format, commit]).split("\n");
  const [head, branch, tags] = [
    headOf(directory),
    tryGit(directory, ["symbolic-ref", "--quiet", "--short", "HEAD"]),
    git(directory, ["tag", "--points-at", commit, "--sort=-version:refname"]),
  ];
  const [gitTag] = tags.split("\n");
  return {
    commit,
    author,
    authored,
    ...(branch === undefined || head !== commit ? {} : { branch }),
    ...(gitTag === undefined || gitTag === "" ? {} : { gitTag }),
  };
}

/** The commit of a directory when the branch is at its head. */
const headOf = (directory: string): string | undefined =>
  tryGit(directory, ["log", "-1", "--format=%H", "--", ...scopeOf(directory)]);

/** Paths whose history is read: none means all. */
const scopeOf = (directory: string): string[] => (repositoryPrefix(directory) === "" ? [] : ["."]);

/** Path of a directory inside its repository, empty for the root; undefined if there is no repository. */
function repositoryPrefix(directory: string): string | undefined {
  try {
    return git(directory, ["rev-parse", "--show-prefix"]);
  } catch (error) {
    if (error instanceof RepositoryError && /not a git repository/.test(error.message)) return;
    throw error;
  }
}

/** Git's output; undefined if it exits with an error. */
export function tryGit(directory: string, args: readonly string[]): string | undefined {
  try {
    return git(directory, args);
  } catch (error) {
    if (error instanceof RepositoryError) return undefined;
    throw error;
  }
}

function git(
  cwd: string,
  args: readonly string[],
  more: Record<string, string> = {},
  input = "",
): string {
  // Those set by a git hook or an alias would redirect git to its own repository.
  const inherited = Object.entries(process.env).filter(([name]) => !ofAnother.test(name));
  const env = { ...Object.fromEntries(inherited), LC_ALL: "C", ...more };
  try {
    const options = {
      cwd,
      env,
      input,
      encoding: "utf8",
      stdio: "pipe",
      maxBuffer: 1 << 28,
    } as const;
    // User settings that add text of their own to the output.
    return execFileSync("git", ["-c", "log.showSignature=false", ...args], options).replace(
      /\n$/,
      "",
    );
  } catch (error) {
    const { code, stderr = "" } = error as NodeJS.ErrnoException & { stderr?: string };
    const said = code === "ENOENT" ? "git is not installed" : stderr.trim().replace(/\s+/g, " ");
    throw new RepositoryError(`git ${args[0] ?? ""} in ${cwd}: ${said}`);
  }
}
