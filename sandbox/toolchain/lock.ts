import { constants } from "node:fs";
import { access, mkdir } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { lock } from "proper-lockfile";

interface LockArgs {
  /** Milliseconds after which the lock of a process that was killed is taken over. @default 10000 */
  lostAfter?: number;
  /** Goes without a lock if the directory is not writable: then two runs cannot spoil anything. @default false */
  unlessReadOnly?: boolean;
}

const isWritable = (directory: string): Promise<boolean> =>
  access(directory, constants.W_OK).then(
    () => true,
    () => false,
  );

/**
 * Runs `work` while no other process does so for the same directory. If one does, calls `onWait` once and waits; the lock of a
 * killed process is taken over after `lostAfter` milliseconds, 10 s by default. Choose a longer time for work that two concurrent
 * runs would spoil: on a very busy machine the holder may be late to renew its lock.
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
      // A lock lost while the machine slept does no harm: results are renamed into place.
      return await lock(directory, { stale, onCompromised: () => undefined });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ELOCKED") throw error;
      if (attempt === 0) onWait();
      await delay(200);
    }
  }
}
