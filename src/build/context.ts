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

/** Git's own files in a repository. */
export const git = ".git";

/** Node's replacement for bytes that are not UTF-8: no file can be opened by such a name. */
const unreadable = "\uFFFD";

/**
 * Paths of everything below a directory, relative to it, sorted. Links are not followed, and ignored directories are not
 * searched.
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

/** What a build is sent of a directory, as of one reading. */
export interface BuildContext {
  directory: string;
  /** Files, directories and links below it, sorted by path, which is relative to it. */
  entries: readonly { path: string; stats: Stats }[];
  /** Whether anything is left out. */
  more?: true;
}

/** Pipes and sockets left by some program have no place in an image. */
const goesAlong = (stats: Stats): boolean =>
  stats.isFile() || stats.isDirectory() || stats.isSymbolicLink();

/** Lists what a build is sent of a directory: everything that its `.dockerignore` does not exclude. */
export function readContext(directory: string): BuildContext {
  const { ignores, exceptions } = ignoredIn(directory);
  // An excluded directory may contain exceptions.
  const paths = exceptions
    ? pathsBelow(directory).filter((path) => !ignores(path))
    : pathsBelow(directory, ignores);
  const all = paths.map((path) => ({ path, stats: statsOf(join(directory, path)) }));
  const entries = all.filter(({ stats }) => goesAlong(stats));
  return { directory, entries, ...(entries.length < all.length && { more: true }) };
}

/** A file whose name could not be decoded cannot be opened. */
const statsOf = (path: string): Stats =>
  path.includes(unreadable) ? lstatSync(dirname(path)) : lstatSync(path);

/** Names in a build's directory that are not UTF-8, as far as they can be shown. */
export const unreadableIn = ({ entries }: BuildContext): string[] =>
  entries.map(({ path }) => path).filter((path) => path.includes(unreadable));

/** The files of a build's directory that the build is sent. */
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

/** First line of a Git LFS pointer file. */
const lfsMark = "version https://git-lfs.github.com/spec/";
/** Largest size of a pointer, in bytes. */
const longestPointer = 1024;

/** Files of which only the Git LFS pointer is present: the image would contain a few lines of text. */
export const lfsPointers = ({ directory, entries }: BuildContext): string[] =>
  entries
    .filter(({ path, stats }) => {
      if (!stats.isFile() || stats.size < lfsMark.length || stats.size > longestPointer)
        return false;
      return readFileSync(join(directory, path)).toString("latin1").startsWith(lfsMark);
    })
    .map(({ path }) => path);

/**
 * Mode that git gives a file at checkout, from the owner's execute bit. Git stores nothing more, and the umask of whoever cloned
 * must not affect the image. Undefined for a link, which has no mode.
 */
function gitsMode(stats: Stats): number | undefined {
  if (stats.isSymbolicLink()) return undefined;
  return stats.isDirectory() || (stats.mode & 0o100) !== 0 ? 0o755 : 0o644;
}

/** Entries of a directory, itself included, whose mode differs from git's, with the mode they should have. */
const othersModes = ({ directory, entries }: BuildContext): { path: string; wanted: number }[] =>
  [{ path: "", stats: lstatSync(directory) }, ...entries].flatMap(({ path, stats }) => {
    const wanted = gitsMode(stats);
    const differs = wanted !== undefined && wanted !== (stats.mode & 0o7777);
    return differs ? [{ path: join(directory, path), wanted }] : [];
  });

/** The directory itself if its modes are git's and nothing is left out of it; otherwise a copy for which that holds. */
export function withGitsModes(checkout: string, given: BuildContext): BuildContext {
  if (othersModes(given).length === 0 && given.more === undefined) return given;
  return assemble(checkout, [relative(checkout, given.directory)], false);
}

/**
 * Combines directories into one, as a dockerfile expects them, without git's own files: these differ between clones, and an image
 * of the same commit must not. `mounted`: `config/` is left empty, because it will be mounted.
 */
export function assemble(
  checkout: string,
  parts: readonly string[],
  mounted: boolean,
): BuildContext {
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
      // The directory itself stays, because the dockerfile copies it.
      mkdirSync(join(files, "config"));
    }
  });
}

/** Writes files from their contents. */
export const layFiles = (
  checkout: string,
  files: Readonly<Record<string, Uint8Array>>,
): BuildContext =>
  inSources(checkout, (folder) => {
    mkdirSync(folder);
    for (const [name, bytes] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), bytes);
    }
  });

/** A directory below the checkout that is named after its content, with git's modes; `fill` fills it. */
function inSources(checkout: string, fill: (files: string) => void): BuildContext {
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
      // It existed already, or another run has created it: the same name means the same content.
      if (!existsSync(target)) throw error;
    }
    return { ...laid, directory: target };
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** Hash over the names, contents and execute bits of a directory's files, the targets of its links, and a Dockerfile. */
export function contentHash({ directory, entries }: BuildContext, dockerfile: string): string {
  const hash = createHash("sha256").update(dockerfile);
  const piece = Buffer.allocUnsafe(1 << 20);
  for (const { path, stats } of entries) {
    const file = join(directory, path);
    // As in an image: a link stays a link, even a broken one.
    if (stats.isSymbolicLink()) hash.update(`\0${path}\0l\0${readlinkSync(file)}`);
    if (!stats.isFile()) continue;
    const executable = (stats.mode & 0o100) !== 0;
    hash.update(`\0${path}\0${executable ? "x" : "-"}\0`);
    addFile(hash, file, piece);
  }
  return hash.digest("hex");
}

/** Hashes a file's content in chunks: it may be larger than memory. */
function addFile(hash: Hash, path: string, piece: Buffer): void {
  const file = openSync(path, "r");
  try {
    for (let read; (read = readSync(file, piece)) > 0;) hash.update(piece.subarray(0, read));
  } finally {
    closeSync(file);
  }
}
