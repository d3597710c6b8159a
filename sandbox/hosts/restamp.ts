import { execa } from "execa";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Progress } from "../progress";
import type { Toolchain } from "../toolchain/build";
import { kubernetesBinaries } from "../toolchain/catalogue";
import { cached } from "./rootfs";

/**
 * The toolchain with copies of Kubernetes' programs that report an older version: for upgrade tests, because building a really
 * different version takes half an hour. The linker has put the version into the binaries as text, which is replaced by text of
 * the same length.
 */
export async function restamp(
  cache: string,
  tools: Toolchain,
  progress: Progress,
): Promise<Toolchain> {
  const names = Object.keys(kubernetesBinaries) as (keyof typeof kubernetesBinaries)[];
  const { stdout: version } = await execa(tools.binary("kubeadm"), ["version", "--output=short"]);
  const key = names.map((name) => tools.binary(name));
  const folder = await cached({ cache, name: "restamped", key, progress }, async (made) => {
    for (const name of names) {
      progress(`${name} ${olderVersion(version)}`);
      const program = await readFile(tools.binary(name), "latin1");
      const older = program.replaceAll(version, olderVersion(version));
      await writeFile(join(made, name), older, { encoding: "latin1", mode: 0o755 });
    }
  });
  return {
    binary: (name) => (existsSync(join(folder, name)) ? join(folder, name) : tools.binary(name)),
  };
}

/**
 * An older version of the same length: the previous patch or, if that is shorter or does not exist, the previous minor version.
 */
export function olderVersion(version: string): string {
  const [, head = "", minor = "", patch = ""] = /^(v\d+\.)(\d+)\.(\d+)$/.exec(version) ?? [];
  const before = `${head}${minor}.${Number(patch) - 1}`;
  const older = before.length === version.length ? before : `${head}${Number(minor) - 1}.${patch}`;
  if (patch === "" || older.length !== version.length)
    throw new Error(`no older version of Kubernetes is as long as ${version}`);
  return older;
}
