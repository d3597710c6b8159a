import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { UserError } from "../../components/shared/problem";
import { xdg } from "../../components/shared/system/xdg";

/** Folders in memory, which are on no disk if the process is killed. */
const memory = [xdg(process.env, "XDG_RUNTIME_DIR"), "/dev/shm"].filter(
  (path) => path !== undefined,
);

/** Uses a private folder, in memory if possible, and removes it. */
export async function inMemory<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const parent = memory.find((path) => existsSync(path)) ?? tmpdir();
  return await inFolder(join(parent, "slipway-backup-"), use);
}

/** The same on disk, for large data. */
export const inScratch = async <T>(use: (folder: string) => Promise<T>): Promise<T> =>
  await inFolder(join(tmpdir(), "slipway-drill-"), use);

async function inFolder<T>(prefix: string, use: (folder: string) => Promise<T>): Promise<T> {
  let folder: string | undefined;
  const remove = (): void => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  };
  // Also after Ctrl-C.
  process.once("exit", remove);
  try {
    folder = mkdtempSync(prefix);
    return await use(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
    throw new UserError(
      `${dirname(prefix)} is full: nothing can be written there\n  fix:  make room there, or name another folder by TMPDIR`,
    );
  } finally {
    process.off("exit", remove);
    remove();
  }
}
