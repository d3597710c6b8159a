import dockerIgnore from "@balena/dockerignore";
import { createHash } from "node:crypto";
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  writeFileSync,
  type Stats,
} from "node:fs";
import { basename, dirname, join, relative } from "node:path";

/** What git keeps for itself in a repository. */
export const git = ".git";

/** What Node puts for bytes that are no UTF-8: by such a name nothing is found. */
const unreadable = "\uFFFD";

/** Names in a build's directory that are no UTF-8, as far as they can be shown. */
export const unreadableBelow = (directory: string): string[] =>
  contextPaths(directory).filter((path) => path.includes(unreadable));

/**
 * Paths of all that is below a directory, relative to it, sorted. Links are not followed, wherever they lead. What is left out
 * is not looked into either.
 */
export function pathsBelow(
  directory: string,
  leftOut: (path: string) => boolean = () => false,
): string[] {
  const below = (inside: string): string[] =>
    readdirSync(join(directory, inside), { withFileTypes: true }).flatMap((entry) => {
      const path = join(inside, entry.name);
      if (leftOut(path)) return [];
      return entry.isDirectory() && !path.includes(unreadable) ? [path, ...below(path)] : [path];
    });
  return below("").sort();
}

/** What of a directory a build is sent: all but what its `.dockerignore` names. */
function contextPaths(directory: string): string[] {
  const { ignores, exceptions } = ignoredIn(directory);
  // Inside of what is left out there may be exceptions.
  return exceptions
    ? pathsBelow(directory).filter((path) => !ignores(path))
    : pathsBelow(directory, ignores);
}

/** Of files of a build's directory those that it is sent. */
export function sentOf(directory: string, paths: readonly string[]): string[] {
  const { ignores } = ignoredIn(directory);
  return paths.filter((path) => !ignores(path));
}

function ignoredIn(directory: string): { ignores: (path: string) => boolean; exceptions: boolean } {
  const file = join(directory, ".dockerignore");
  if (!existsSync(file)) return { ignores: () => false, exceptions: false };
  const text = readFileSync(file, "utf8").replace(/^\uFEFF/, "");
  const rules = dockerIgnore({ ignorecase: false }).add(text);
  return { ignores: (path) => rules.ignores(path), exceptions: /^\s*!/m.test(text) };
}

/** First line of what git has in a file's place that Git LFS keeps elsewhere. */
const lfsMark = "version https://git-lfs.github.com/spec/";
/** No pointer is longer, in bytes. */
const longestPointer = 1024;

/** Files of which only the pointer is there: they would be shipped as a few lines of text. */
export function lfsPointers(directory: string): string[] {
  return contextPaths(directory).filter((path) => {
    const file = join(directory, path);
    const stats = lstatSync(file);
    if (!stats.isFile() || stats.size < lfsMark.length || stats.size > longestPointer) return false;
    return readFileSync(file).toString("latin1").startsWith(lfsMark);
  });
}

/**
 * Mode that git gives what it checks out, by the owner's execute bit: git keeps no more of it, and the umask of whoever cloned
 * must not show in an image. Undefined for a link, which has none.
 */
function gitsMode(stats: Stats): number | undefined {
  if (stats.isSymbolicLink()) return undefined;
  return stats.isDirectory() || (stats.mode & 0o100) !== 0 ? 0o755 : 0o644;
}

/** A directory itself and all that is in it, with the mode that each should have. */
function modesBelow(directory: string): [path: string, mode: number, wanted: number][] {
  return ["", ...contextPaths(directory)].flatMap((name) => {
    const path = join(directory, name);
    const stats = lstatSync(path);
    const wanted = gitsMode(stats);
    return wanted === undefined ? [] : [[path, stats.mode & 0o7777, wanted] as const];
  });
}

/** A directory as it lies, where its modes are git's; otherwise a copy in which they are. */
export function withGitsModes(checkout: string, directory: string): string {
  const asGits = modesBelow(join(checkout, directory)).every(([, mode, wanted]) => mode === wanted);
  return asGits ? directory : assemble(checkout, [directory], false);
}

/**
 * Lays directories into one, as a dockerfile expects them, without what git keeps for itself: that changes from clone to
 * clone, and an image of the same commit must not. `mounted`: what will be mounted over, `config/`, is left empty.
 */
export function assemble(checkout: string, parts: readonly string[], mounted: boolean): string {
  return inSources(checkout, (files) => {
    for (const part of parts) {
      const { ignores, exceptions } = ignoredIn(join(checkout, part));
      const filter = (path: string): boolean => {
        const inside = relative(join(checkout, part), path);
        return basename(path) !== git && (exceptions || inside === "" || !ignores(inside));
      };
      cpSync(join(checkout, part), files, { recursive: true, filter, verbatimSymlinks: true });
    }
    if (mounted) {
      rmSync(join(files, "config"), { recursive: true, force: true });
      // The directory itself stays, for the dockerfile copies it.
      mkdirSync(join(files, "config"));
    }
  });
}

/** Lays out files by their contents. */
export const layFiles = (checkout: string, files: Readonly<Record<string, Uint8Array>>): string =>
  inSources(checkout, (folder) => {
    mkdirSync(folder);
    for (const [name, bytes] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), bytes);
    }
  });

/** A directory below the checkout that is called after its content, with git's modes; `fill` makes it. */
function inSources(checkout: string, fill: (files: string) => void): string {
  const folder = join(checkout, ".slipway", "sources");
  mkdirSync(folder, { recursive: true });
  const temporary = mkdtempSync(join(folder, ".new-"));
  try {
    const files = join(temporary, "files");
    fill(files);
    for (const [path, mode, wanted] of modesBelow(files)) {
      if (mode !== wanted) chmodSync(path, wanted);
    }
    const context = join(".slipway", "sources", contentHash(files, "").slice(0, 40));
    const target = join(checkout, context);
    try {
      renameSync(files, target);
    } catch (error) {
      // There from before, or from another run meanwhile: the name says that it is the same.
      if (!existsSync(target)) throw error;
    }
    return context;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** Hash over the names, contents and execute bits of a directory's files, where its links lead, and a Dockerfile. */
export function contentHash(directory: string, dockerfile: string): string {
  const hash = createHash("sha256").update(dockerfile);
  for (const file of contextPaths(directory)) {
    const path = join(directory, file);
    const stats = lstatSync(path);
    // As it is in an image: a link, wherever it leads and whether or not anything is there.
    if (stats.isSymbolicLink()) hash.update(`\0${file}\0l\0${readlinkSync(path)}`);
    if (!stats.isFile()) continue;
    const executable = (stats.mode & 0o100) !== 0;
    hash.update(`\0${file}\0${executable ? "x" : "-"}\0`).update(readFileSync(path));
  }
  return hash.digest("hex");
}
