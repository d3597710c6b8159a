import { setTimeout as pause } from "node:timers/promises";

/** Tries until the assertions hold, and returns what was found then; after `tries` attempts, half a second apart, the last failure is the test's. */
export async function eventually<T>(check: () => Promise<T>, tries = 120): Promise<T> {
  for (let left = tries; ; left--) {
    try {
      return await check();
    } catch (error) {
      if (left <= 1) throw error;
      await pause(500);
    }
  }
}
