import { constants } from "node:fs";
import { access, mkdir } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { lock } from "proper-lockfile";

interface LockArgs {
  /** Milliseconds after which the lock of a process that was killed is taken over. @default 10000 */
  lostAfter?: number;
  /** Goes without a lock where the directory cannot be written: there is nothing that two could spoil. @default false */
  unlessReadOnly?: boolean;
}

const isWritable = (directory: string): Promise<boolean> =>
  access(directory, constants.W_OK).then(
    () => true,
    () => false,
  );

/**
 * Runs `work` while no other process does so for the same directory. Where one does, `onWait` is called once and we
 * wait for it; the lock of a process that was killed is taken over after `lostAfter` milliseconds, 10 s unless given: longer
 * for work that two at once would spoil, whose holder may be kept from renewing its lock by a machine that is very busy.
 */
export async function withLock<T>(
  directory: string,
  onWait: () => void,
  work: () => Promise<T>,
  { lostAfter = 10_000, unlessReadOnly = false }: LockArgs = {},
): Promise<T> {
  await mkdir(directory, { recursive: true });
  if (unlessReadOnly && !(await isWritable(directory))) return await work();
  const release = await acquire(directory, onWait, lostAfter);
  try {
    return await work();
  } finally {
    await release();
  }
}

async function acquire(
  directory: string,
  onWait: () => void,
  stale: number,
): Promise<() => Promise<void>> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      // A lock lost while the machine slept does no harm: what is built is renamed into place.
      return await lock(directory, { stale, onCompromised: () => undefined });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ELOCKED") throw error;
      if (attempt === 0) onWait();
      await delay(200);
    }
  }
}
