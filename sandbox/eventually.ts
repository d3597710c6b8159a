import { setTimeout as pause } from "node:timers/promises";

/** Tries until the assertions hold; after `tries` attempts, half a second apart, the last failure is the test's. */
export async function eventually(check: () => Promise<unknown>, tries = 120): Promise<void> {
  for (let left = tries; ; left--) {
    try {
      await check();
      return;
    } catch (error) {
      if (left <= 1) throw error;
      await pause(500);
    }
  }
}
