import { execa } from "execa";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { layout } from "../layout";
import { heldModules, sandboxFolders } from "./catalogue";
import { findGo, goEnvironment } from "./go";
import { requirements } from "./gomod";

/**
 * For maintainers, after a version was changed in a go.mod:
 * `node -r ts-node/register/transpile-only sandbox/toolchain/align.ts`.
 * Raises every module that two folders of the sandbox share to the same version, the lowest that suits all of them, so that a cold
 * build compiles each package once instead of once per tool. See README.md.
 */
async function align(): Promise<void> {
  const folders = [...sandboxFolders].sort();
  // Raising one module can require a newer version of another: repeat until nothing changes.
  for (let moved = true; moved;) {
    const common = await commonVersions(folders);
    const results = [];
    for (const folder of folders) results.push(await raise(folder, common));
    moved = results.includes(true);
  }
}

/** The versions that Go itself selects for a workspace of all folders: module → version. */
async function commonVersions(folders: readonly string[]): Promise<Map<string, string>> {
  const directory = await mkdtemp(join(tmpdir(), "slipway-align-"));
  try {
    const workspace = join(directory, "go.work");
    const uses = folders.map((folder) => `use ${JSON.stringify(join(__dirname, folder))}\n`);
    await writeFile(workspace, `go ${findGo().version.slice(2)}\n${uses.join("")}`);
    const format = "{{if not .Main}}{{.Path}} {{.Version}}{{end}}";
    const output = await go(directory, ["list", "-m", "-f", format, "all"], { GOWORK: workspace });
    const lines = output.split("\n").map((line) => line.split(" "));
    return new Map(lines.flatMap(([module = "", version]) => (version ? [[module, version]] : [])));
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** Updates one folder's go.mod to the common versions; returns whether it changed. */
async function raise(folder: string, common: ReadonlyMap<string, string>): Promise<boolean> {
  const directory = join(__dirname, folder);
  const current = requirements(await readFile(join(directory, "go.mod"), "utf8"));
  const edits = [...current.keys()].flatMap((module) => {
    const version = common.get(module) ?? current.get(module);
    const stays = version === current.get(module) || heldModules[folder]?.includes(module);
    return stays ? [] : [`-require=${module}@${version ?? ""}`];
  });
  if (edits.length === 0) return false;
  console.log(`${folder}: ${edits.length} modules raised`);
  await go(directory, ["mod", "edit", ...edits]);
  await go(directory, ["mod", "tidy"]);
  return true;
}

async function go(
  cwd: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<string> {
  const { stdout } = await execa("go", args, {
    cwd,
    env: { ...goEnvironment(layout(), findGo()), ...env },
    stderr: "inherit",
  });
  return stdout;
}

void align();
