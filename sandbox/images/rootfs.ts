import { execa } from "execa";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import {
  mkdir,
  mkdtemp,
  readdir,
  realpath,
  rename,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Progress } from "../progress";

/**
 * Root file systems for the template images, as uncompressed layer tars in the cache. No image can be pulled here, so nginx comes
 * from Debian's packages, and node is the one that runs this code, each with its libraries.
 */

/** A Debian package's program with its libraries and a shell; returns the tar's path. */
export async function debianLayer(
  cache: string,
  program: string,
  progress: Progress,
): Promise<string> {
  await ensurePackageLists(program, progress);
  const packages = [...(await libraryClosure(program)), "busybox-static"];
  const versions = await candidateVersions(packages);
  return cachedTar(cache, program, versions, async (root) => {
    progress(`downloading ${versions.length} Debian packages for ${program}`);
    const folder = join(root, "..", "deb");
    await mkdir(folder);
    await execa("apt-get", ["download", "-q", ...versions], { cwd: folder });
    for (const file of (await readdir(folder)).sort()) {
      await execa("dpkg-deb", ["-x", join(folder, file), root]);
    }
    for (const unused of ["usr/share/doc", "usr/share/man", "usr/share/lintian"]) {
      await rm(join(root, unused), { recursive: true, force: true });
    }
    await addShell(root);
  });
}

/** This machine's node with its libraries and a shell; returns the tar's path. */
export async function nodeLayer(cache: string, progress: Progress): Promise<string> {
  const node = await realpath(process.execPath);
  const libraries = await sharedLibraries(node);
  const key = [process.version, node, ...libraries];
  return cachedTar(cache, "node", key, async (root) => {
    progress(`packing node ${process.version} and ${libraries.length} libraries for template/node`);
    await copyInto(root, node, "usr/bin/node");
    for (const library of libraries) await copyInto(root, library, library);
    await copyInto(root, "/bin/busybox", "bin/busybox");
    await addShell(root);
  });
}

/** Builds a root directory once per key and keeps it as a tar whose bytes depend only on its files. */
async function cachedTar(
  cache: string,
  name: string,
  key: readonly string[],
  fill: (root: string) => Promise<void>,
): Promise<string> {
  const hash = createHash("sha256").update(key.join("\n")).digest("hex").slice(0, 12);
  const folder = join(cache, "images");
  const tar = join(folder, `${name}-${hash}.tar`);
  if (existsSync(tar)) return tar;
  await mkdir(folder, { recursive: true });
  const work = await mkdtemp(join(folder, `.${name}-`));
  try {
    const root = join(work, "root");
    await mkdir(root);
    await fill(root);
    const same = ["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner"];
    await execa("tar", [...same, "--format=gnu", "-C", root, "-cf", join(work, "layer.tar"), "."]);
    await rename(join(work, "layer.tar"), tar);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return tar;
}

/** A shell and its commands (needed by RUN steps), the users of programs, and a directory for temporary files. */
async function addShell(root: string): Promise<void> {
  await mkdir(join(root, "tmp"), { recursive: true, mode: 0o1777 });
  await mkdir(join(root, "etc"), { recursive: true });
  const { stdout } = await execa(join(root, "bin/busybox"), ["--list"]);
  for (const command of stdout.split("\n").filter((entry) => entry !== "busybox")) {
    const path = join(root, "bin", command);
    if (!existsSync(path)) await symlink("busybox", path);
  }
  const users = { root: 0, "www-data": 33, nobody: 65534 };
  const lines = Object.entries(users).map(([user, id]) => ({ user, id }));
  const passwd = lines.map(({ user, id }) => `${user}:x:${id}:${id}::/:/bin/sh\n`);
  const group = lines.map(({ user, id }) => `${user}:x:${id}:\n`);
  await writeFile(join(root, "etc/passwd"), passwd.join(""));
  await writeFile(join(root, "etc/group"), group.join(""));
}

async function copyInto(root: string, from: string, to: string): Promise<void> {
  const target = join(root, to);
  await mkdir(dirname(target), { recursive: true });
  await execa("cp", ["--dereference", "--preserve=mode", from, target]);
}

/** Absolute paths of the libraries (and the loader) that a program is linked to. */
async function sharedLibraries(program: string): Promise<string[]> {
  const { stdout } = await execa("ldd", [program]);
  return [...stdout.matchAll(/(\/\S+) \(0x/g)].map(([, path]) => path ?? "");
}

/** A fresh machine may have every package installed and still no package lists to download others. */
async function ensurePackageLists(program: string, progress: Progress): Promise<void> {
  if ((await candidateVersions([program])).length > 0) return;
  progress("reading Debian's package lists");
  await execa("apt-get", ["update", "-q"]);
}

/** The package and its dependencies, limited to libraries: no init system, no debconf, no scripts for browsers. */
async function libraryClosure(name: string): Promise<string[]> {
  const only = ["recommends", "suggests", "conflicts", "breaks", "replaces", "enhances"];
  const flags = only.map((relation) => `--no-${relation}`);
  const { stdout } = await execa("apt-cache", ["depends", "--recurse", ...flags, name]);
  const graph = parseDepends(stdout);
  const wanted = (dependency: string): boolean => /^(z?lib(?!js-)|nginx-common$)/.test(dependency);
  const closure = new Set([name]);
  for (const member of closure) {
    for (const dependency of (graph.get(member) ?? []).filter(wanted)) closure.add(dependency);
  }
  return [...closure].sort();
}

/** Reads `apt-cache depends --recurse`: a package per unindented line, what it depends on indented below. */
export function parseDepends(text: string): Map<string, string[]> {
  const graph = new Map<string, string[]>();
  let current: string[] = [];
  for (const line of text.split("\n")) {
    const dependency = /^\s+\|?(?:Pre)?Depends: ([^\s<]+)$/.exec(line)?.[1];
    if (dependency !== undefined) current.push(dependency);
    else if (/^[a-z0-9]/.test(line)) graph.set(line.trim(), (current = []));
  }
  return graph;
}

/** `name=version` of what apt would install now, so that the cache key changes with security updates. */
async function candidateVersions(packages: readonly string[]): Promise<string[]> {
  const { stdout } = await execa("apt-cache", ["policy", ...packages], { env: { LC_ALL: "C" } });
  return [...stdout.matchAll(/^(\S+):\n\s+Installed: .*\n\s+Candidate: (\d\S*)$/gm)].map(
    ([, name, version]) => `${name ?? ""}=${version ?? ""}`,
  );
}
