import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { manifestName, type Say } from "../../components/backup/spec";
import { UserError } from "../../components/shared/problem";
import type { BackupPart } from "./parts";
import { inScratch } from "./place";
import { OpenRepository, type Compared, type Keyring, type Snapshot } from "./repository";

/** How a snapshot is identified. */
export interface BackupReport {
  part: string;
  snapshot: string;
  at: string;
}

const reportOf = ({ repository }: BackupPart, { id, at }: Snapshot): BackupReport => ({
  part: repository.path,
  snapshot: id,
  at: at.toISOString(),
});

/** Takes a backup now. */
export async function runPart(part: BackupPart, keyring: Keyring, say: Say): Promise<BackupReport> {
  const started = new Date();
  await part.operations.run(say);
  const newest = await OpenRepository.use(part.repository, keyring, (open) => open.backup());
  // One second of tolerance for clocks: a snapshot's time is that of the machine that took it.
  if (newest.at.getTime() > started.getTime() - 60_000) return reportOf(part, newest);
  throw new UserError(
    `${part.repository.path}: there is no new backup; the newest is of ${newest.at.toISOString()}`,
  );
}

/** Checks a repository: its structure, and a part of its data or all of it. */
export async function verifyPart(
  part: BackupPart,
  keyring: Keyring,
  all: boolean,
  say: Say,
): Promise<void> {
  await OpenRepository.use(part.repository, keyring, (open) => open.verify(say, all));
}

/** Restores a backup into a folder: `data/`, and the list of checksums that each file was compared with. */
export async function restorePart(
  part: BackupPart,
  keyring: Keyring,
  { to, snapshot: wanted }: { to?: string | undefined; snapshot?: string | undefined },
  say: Say,
): Promise<BackupReport & { folder: string; compared: Compared }> {
  const { folder, made } = emptyFolder(part, to);
  const work = join(folder, ".restoring");
  try {
    return await OpenRepository.use(part.repository, keyring, async (open) => {
      const snapshot = await open.backup(wanted);
      const { data, manifest, compared } = await open.restore(snapshot, work, say);
      renameSync(data, join(folder, "data"));
      renameSync(manifest, join(folder, manifestName));
      return { ...reportOf(part, snapshot), folder, compared };
    });
  } catch (error) {
    if (made) rmSync(folder, { recursive: true, force: true });
    throw error;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** The target folder of a restore, and whether it is new. */
function emptyFolder(
  { repository }: BackupPart,
  to: string | undefined,
): { folder: string; made: boolean } {
  if (to === undefined) {
    const prefix = `slipway-restore-${repository.path.replaceAll("/", "-")}-`;
    return { folder: mkdtempSync(join(tmpdir(), prefix)), made: true };
  }
  const folder = resolve(to);
  const made = !existsSync(folder);
  if (existsSync(folder) && readdirSync(folder).length > 0) {
    throw new UserError(
      `${repository.path} is not restored: ${folder} is not empty\n  fix:  give an empty or new folder; existing files are never overwritten`,
      2,
    );
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return { folder, made };
}

/** Restores the newest backup into a scratch folder, compares it, checks whether it can be used, and records the result. */
export async function drillPart(
  part: BackupPart,
  keyring: Keyring,
  say: Say,
): Promise<BackupReport & { compared?: Compared; proof?: string }> {
  return await OpenRepository.use(part.repository, keyring, async (open) => {
    const snapshot = await open.backup();
    if (part.operations.drill !== undefined) {
      const { proof } = await part.operations.drill(say);
      return { ...reportOf(part, snapshot), proof };
    }
    let compared: Compared = { files: 0, bytes: 0, moving: 0 };
    try {
      const proof = await inScratch(async (folder) => {
        const restored = await open.restore(snapshot, join(folder, "restored"), say);
        ({ compared } = restored);
        return await part.operations.prove?.(restored.data, say);
      });
      await open.note(snapshot, true, compared, say);
      return { ...reportOf(part, snapshot), compared, ...(proof === undefined ? {} : { proof }) };
    } catch (error) {
      // A result that cannot be recorded is reported all the same.
      await open.note(snapshot, false, compared, say).catch(() => undefined);
      throw error;
    }
  });
}
