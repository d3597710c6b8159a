import dockerIgnore from "@balena/dockerignore";
import { createHash, type Hash } from "node:crypto";
import {
  chmodSync,
  closeSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
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

/** What a build is sent of a directory, as it was when somebody looked. */
export interface Context {
  directory: string;
  /** Files, directories and links below it, sorted by path, which is relative to it. */
  entries: readonly { path: string; stats: Stats }[];
  /** Whether something else is there, which is left out. */
  more?: true;
}

/** A pipe or a socket that some program has left is nothing that an image could have. */
const goesAlong = (stats: Stats): boolean =>
  stats.isFile() || stats.isDirectory() || stats.isSymbolicLink();

/** Looks at what of a directory a build is sent: all but what its `.dockerignore` names. */
export function readContext(directory: string): Context {
  const { ignores, exceptions } = ignoredIn(directory);
  // Inside of what is left out there may be exceptions.
  const paths = exceptions
    ? pathsBelow(directory).filter((path) => !ignores(path))
    : pathsBelow(directory, ignores);
  const all = paths.map((path) => ({ path, stats: statsOf(join(directory, path)) }));
  const entries = all.filter(({ stats }) => goesAlong(stats));
  return { directory, entries, ...(entries.length < all.length && { more: true }) };
}

/** By a name that could not be read nothing is found. */
const statsOf = (path: string): Stats =>
  path.includes(unreadable) ? lstatSync(dirname(path)) : lstatSync(path);

/** Names in a build's directory that are no UTF-8, as far as they can be shown. */
export const unreadableIn = ({ entries }: Context): string[] =>
  entries.map(({ path }) => path).filter((path) => path.includes(unreadable));

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
export const lfsPointers = ({ directory, entries }: Context): string[] =>
  entries
    .filter(({ path, stats }) => {
      if (!stats.isFile() || stats.size < lfsMark.length || stats.size > longestPointer)
        return false;
      return readFileSync(join(directory, path)).toString("latin1").startsWith(lfsMark);
    })
    .map(({ path }) => path);

/**
 * Mode that git gives what it checks out, by the owner's execute bit: git keeps no more of it, and the umask of whoever cloned
 * must not show in an image. Undefined for a link, which has none.
 */
function gitsMode(stats: Stats): number | undefined {
  if (stats.isSymbolicLink()) return undefined;
  return stats.isDirectory() || (stats.mode & 0o100) !== 0 ? 0o755 : 0o644;
}

/** What of a directory has another mode than git gives, the directory itself included, and which it should have. */
const othersModes = ({ directory, entries }: Context): { path: string; wanted: number }[] =>
  [{ path: "", stats: lstatSync(directory) }, ...entries].flatMap(({ path, stats }) => {
    const wanted = gitsMode(stats);
    const differs = wanted !== undefined && wanted !== (stats.mode & 0o7777);
    return differs ? [{ path: join(directory, path), wanted }] : [];
  });

/** A directory as it lies, where its modes are git's and nothing is left out of it; otherwise a copy of which that holds. */
export function withGitsModes(checkout: string, given: Context): Context {
  if (othersModes(given).length === 0 && given.more === undefined) return given;
  return assemble(checkout, [relative(checkout, given.directory)], false);
}

/**
 * Lays directories into one, as a dockerfile expects them, without what git keeps for itself: that changes from clone to
 * clone, and an image of the same commit must not. `mounted`: what will be mounted over, `config/`, is left empty.
 */
export function assemble(checkout: string, parts: readonly string[], mounted: boolean): Context {
  return inSources(checkout, (files) => {
    for (const part of parts) {
      const { ignores, exceptions } = ignoredIn(join(checkout, part));
      const filter = (path: string): boolean => {
        const inside = relative(join(checkout, part), path);
        return (
          basename(path) !== git &&
          (exceptions || inside === "" || !ignores(inside)) &&
          goesAlong(lstatSync(path))
        );
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
export const layFiles = (checkout: string, files: Readonly<Record<string, Uint8Array>>): Context =>
  inSources(checkout, (folder) => {
    mkdirSync(folder);
    for (const [name, bytes] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), bytes);
    }
  });

/** A directory below the checkout that is called after its content, with git's modes; `fill` makes it. */
function inSources(checkout: string, fill: (files: string) => void): Context {
  const folder = join(checkout, ".slipway", "sources");
  mkdirSync(folder, { recursive: true });
  const temporary = mkdtempSync(join(folder, ".new-"));
  try {
    const files = join(temporary, "files");
    fill(files);
    const laid = readContext(files);
    for (const { path, wanted } of othersModes(laid)) chmodSync(path, wanted);
    const target = join(folder, contentHash(laid, "").slice(0, 40));
    try {
      renameSync(files, target);
    } catch (error) {
      // There from before, or from another run meanwhile: the name says that it is the same.
      if (!existsSync(target)) throw error;
    }
    return { ...laid, directory: target };
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** Hash over the names, contents and execute bits of a directory's files, where its links lead, and a Dockerfile. */
export function contentHash({ directory, entries }: Context, dockerfile: string): string {
  const hash = createHash("sha256").update(dockerfile);
  const piece = Buffer.allocUnsafe(1 << 20);
  for (const { path, stats } of entries) {
    const file = join(directory, path);
    // As it is in an image: a link, wherever it leads and whether or not anything is there.
    if (stats.isSymbolicLink()) hash.update(`\0${path}\0l\0${readlinkSync(file)}`);
    if (!stats.isFile()) continue;
    const executable = (stats.mode & 0o100) !== 0;
    hash.update(`\0${path}\0${executable ? "x" : "-"}\0`);
    addFile(hash, file, piece);
  }
  return hash.digest("hex");
}

/** Adds a file's content piece by piece: it may be larger than what fits into memory. */
function addFile(hash: Hash, path: string, piece: Buffer): void {
  const file = openSync(path, "r");
  try {
    for (let read; (read = readSync(file, piece)) > 0;) hash.update(piece.subarray(0, read));
  } finally {
    closeSync(file);
  }
}
