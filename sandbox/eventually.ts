import { setTimeout as pause } from "node:timers/promises";

/**
 * Retries until the assertions hold, and returns their result; after `tries` attempts, half a second apart, throws the last
 * failure.
 */
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
