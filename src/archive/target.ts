import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { UserError } from "../../components/shared/problem";
import type { Archived } from "./archive";
import { refused } from "../stack/refusal";

/** Result of writing an archive. */
export interface WrittenArchive {
  /** New or changed files and links, below the archive. */
  changed: string[];
  /** Commit that holds them, if the archive is a git repository and something changed. */
  commit?: string;
}

/** Who writes, and for which stack. */
export interface Signature {
  stack: string;
  who: string;
}

/** What to write, given the existing archive; `has` returns whether it already has this stack's link in a folder. */
export type Contents = (has: (domain: string) => boolean) => {
  files: readonly Archived[];
  /** Whether a folder that is not among the files, but in the archive, no longer runs. */
  gone: (domain: string) => boolean;
};

/**
 * Writes an archive to a directory or a git repository; `own` is this checkout, in which only people commit. A git server has
 * `timeout` milliseconds to answer: a silent one must not hold up a finished release.
 */
export function writeArchive(
  target: string,
  contents: Contents,
  { own, timeout = 60_000, ...signature }: Signature & { own: string; timeout?: number },
): WrittenArchive {
  if (!isRemote(target)) {
    makeFolder(target);
    const changed = writeFiles(target, contents, signature.stack);
    const root = git(target, "rev-parse", "--show-toplevel");
    const isRepository = root !== undefined && realpathSync(root) !== realpathSync(own);
    if (!isRepository) return { changed };
    return { changed, ...committed(target, signature) };
  }
  const folder = mkdtempSync(join(tmpdir(), "slipway-archive-"));
  try {
    within(timeout, folder, "clone", "--quiet", "--depth", "1", target, ".");
    const changed = writeFiles(folder, contents, signature.stack);
    const commit = committed(folder, signature);
    if (commit.commit !== undefined) within(timeout, folder, "push", "--quiet", "origin", "HEAD");
    return { changed, ...commit };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Creates a folder and its parents one by one: Node's recursive mkdir loops for ever on some errors. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  const above = dirname(resolve(folder));
  if (above !== resolve(folder)) makeFolder(above);
  mkdirSync(folder);
}

/** Writes files and links to a directory and removes links to what no longer runs; returns what changed, sorted. */
export function writeFiles(root: string, contents: Contents, stack: string): string[] {
  const changed: string[] = [];
  const has = (domain: string): boolean =>
    linkAt(join(root, domain, `${stack}.yaml`)) !== undefined;
  const { files, gone } = contents(has);
  for (const { path, link, text } of files) {
    const [file, pointer] = [join(root, path), join(root, link)];
    if (!existsSync(file) || readFileSync(file, "utf8") !== text) {
      mkdirSync(dirname(file), { recursive: true });
      replace(file, (temporary) => {
        writeFileSync(temporary, text);
      });
      changed.push(path);
    }
    const leads = relative(dirname(pointer), file);
    if (linkAt(pointer) === leads) continue;
    replace(pointer, (temporary) => {
      symlinkSync(leads, temporary);
    });
    changed.push(link);
  }
  const live = new Set(files.map(({ link }) => link));
  for (const domain of readdirSync(root)) {
    const link = `${domain}/${stack}.yaml`;
    if (live.has(link) || !has(domain) || !gone(domain)) continue;
    rmSync(join(root, link));
    changed.push(link);
  }
  return changed.sort();
}

/** Writes a temporary file and renames it: readers find the old or the new one. */
function replace(path: string, make: (temporary: string) => void): void {
  const temporary = `${path}.${randomUUID()}`;
  make(temporary);
  renameSync(temporary, path);
}

function linkAt(path: string): string | undefined {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found?.isSymbolicLink() === true ? readlinkSync(path) : undefined;
}

/** A repository to clone: an address, or a bare one on this machine. */
export function isRemote(target: string): boolean {
  if (/^[a-z+]+:\/\/[^/]*:[^/]*@/i.test(target)) {
    throw refused("Nothing was archived", [
      {
        path: "--to",
        allowed: "an address without a password",
        fix: "let git ask a credential helper, or use an SSH key",
      },
    ]);
  }
  return (
    /^([a-z+]+:\/\/|[^/]+@[^/]+:)/i.test(target) ||
    git(target, "rev-parse", "--is-bare-repository") === "true"
  );
}

function committed(folder: string, { stack, who }: Signature): { commit?: string } {
  must(folder, "add", "--all", "--", ".");
  if (git(folder, "diff", "--cached", "--quiet", "--", ".") !== undefined) return {};
  const [, name = who, address = who] = /^(.*?) <(.*)>$/.exec(who) ?? [];
  const identity = ["-c", `user.name=${name}`, "-c", `user.email=${address}`];
  must(folder, ...identity, "commit", "--quiet", "--message", `What runs in ${stack}`, "--", ".");
  return { commit: must(folder, "rev-parse", "HEAD") };
}

/** Runs git; undefined if it fails. */
function git(folder: string, ...args: string[]): string | undefined {
  if (!existsSync(folder)) return undefined;
  try {
    return must(folder, ...args);
  } catch {
    return undefined;
  }
}

/** Runs git locally, without network. */
const must = (folder: string, ...args: string[]): string => within(undefined, folder, ...args);

/** Runs git with a time limit in milliseconds. */
function within(timeout: number | undefined, folder: string, ...args: string[]): string {
  try {
    const stdio = ["ignore", "pipe", "pipe"] as const;
    return execFileSync("git", args, {
      cwd: folder,
      encoding: "utf8",
      stdio: [...stdio],
      timeout: timeout,
      // Nobody is there to type a password.
      env: { ...process.env, GIT_TERMINAL_PROMPT: "0" },
    }).trim();
  } catch (error) {
    const { stderr = "", code } = error as { stderr?: string; code?: string };
    const what = args.filter((arg) => !arg.startsWith("user.")).join(" ");
    const late = `no answer for ${(timeout ?? 0) / 1000} s`;
    throw new UserError(
      `git ${what}: ${code === "ETIMEDOUT" ? late : stderr.trim() || String(error)}`,
    );
  }
}
