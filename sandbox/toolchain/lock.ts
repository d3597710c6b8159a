import { mkdir } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { lock } from "proper-lockfile";

/**
 * Runs `work` while no other process does so for the same directory. Where one does, `onWait` is called once and we
 * wait for it; the lock of a process that was killed is taken over after `lostAfter` milliseconds, 10 s unless given: longer
 * for work that two at once would spoil, whose holder may be kept from renewing its lock by a machine that is very busy.
 */
export async function withLock<T>(
  directory: string,
  onWait: () => void,
  work: () => Promise<T>,
  { lostAfter = 10_000 }: { lostAfter?: number } = {},
): Promise<T> {
  await mkdir(directory, { recursive: true });
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
      const { code = "" } = error as NodeJS.ErrnoException;
      // Where nobody may write, nobody builds, and what is there is there for all.
      if (["EACCES", "EROFS"].includes(code)) return () => Promise.resolve();
      if (code !== "ELOCKED") throw error;
      if (attempt === 0) onWait();
      await delay(200);
    }
  }
}
