import { execa } from "execa";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { manifestIn, type BackupFolder } from "../../components/backup/script";
import type { Say } from "../../components/backup/spec";
import { UserError } from "../../components/shared/problem";
import type { Session } from "../engine/session";
import { inMemory } from "./place";

/**
 * Writes, in memory, everything needed to recreate a stack: the engine's state, in which the stack's own provider keeps secrets
 * encrypted, the settings, the projects, and their commit.
 */
export async function withState(
  { checkout, stack, env }: Session,
  say: Say,
  use: (source: BackupFolder) => Promise<void>,
): Promise<void> {
  await inMemory(async (folder) => {
    const data = join(folder, "state");
    mkdirSync(join(data, "projects"), { recursive: true });
    say("asking the engine for its state");
    const run = {
      cwd: checkout,
      env,
      extendEnv: false,
      reject: false,
      stripFinalNewline: false,
    } as const;
    const exported = await execa("pulumi", ["stack", "export", "--stack", stack], run);
    if (exported.exitCode !== 0) {
      throw new UserError(
        `state is not backed up: the engine does not export it\n  said:  ${exported.stderr.trim()}`,
      );
    }
    writeFileSync(join(data, "stack.json"), exported.stdout);
    for (const name of ["Pulumi.yaml", `Pulumi.${stack}.yaml`, "projects"]) {
      cpSync(join(checkout, name), join(data, name), { recursive: true });
    }
    const { stdout: commit } = await execa(
      "git",
      ["describe", "--always", "--dirty", "--abbrev=40"],
      run,
    );
    writeFileSync(join(data, "commit"), commit);
    await use({ data, manifest: manifestIn(join(folder, "sums")) });
  });
}
