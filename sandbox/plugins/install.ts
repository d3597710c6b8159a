import { chmod, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { checkout } from "../../components/shared/system/checkout";

/** Parts of the engine that this checkout has a stand-in for. */
export const standIns: readonly string[] = ["language host", "command"];

/**
 * Writes the Node language host and the host of dynamic providers into the folder of the `pulumi` binary, where the engine looks
 * for them. They run this checkout's code; writing them again changes nothing.
 */
export async function installLanguageHost(bin: string): Promise<void> {
  const dynamic = join(checkout, "node_modules/@pulumi/pulumi/cmd/dynamic-provider");
  await writeScript(bin, "pulumi-language-nodejs", startPlugin("language-nodejs"));
  await writeScript(bin, "pulumi-resource-pulumi-nodejs", [process.execPath, dynamic]);
}

/** Writes a stand-in provider where the engine looks for an installed plugin of that version. */
export async function installProvider(
  pulumiHome: string,
  name: "command",
  version: string,
): Promise<void> {
  const folder = join(pulumiHome, "plugins", `resource-${name}-v${version}`);
  await writeScript(folder, `pulumi-resource-${name}`, startPlugin(name));
}

const startPlugin = (folder: string): string[] => [
  process.execPath,
  join(checkout, "sandbox/plugins/run.mjs"),
  `${folder}/main`,
];

/** Shell script that runs the given command, with `exec` so that the engine's signals reach it. */
export function script(command: readonly string[]): string {
  const quoted = command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`);
  return `#!/bin/sh\nexec ${quoted.join(" ")} "$@"\n`;
}

/** Writes an executable atomically. */
async function writeScript(
  folder: string,
  name: string,
  command: readonly string[],
): Promise<void> {
  const path = join(folder, name);
  const text = script(command);
  if ((await readFile(path, "utf8").catch(() => undefined)) === text) return;
  const temporary = `${path}.${process.pid}.tmp`;
  await mkdir(folder, { recursive: true });
  await writeFile(temporary, text);
  await chmod(temporary, 0o755);
  await rename(temporary, path);
}
