import { UserError } from "../../components/shared/problem";

/**
 * Runs work that leaves something running, and cleans up however it ends: done, failed, or stopped by Ctrl-C or SIGTERM. The
 * work's processes end by the signal that it gets. A second Ctrl-C during the clean-up exits at once.
 */
export async function cleaningUp(
  work: (interrupted: AbortSignal) => Promise<void>,
  cleanUp: () => Promise<void>,
): Promise<void> {
  const controller = new AbortController();
  const stop = new Promise<never>((_, reject) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      // Not `once`: a library that sees only its own handler ends the process by the same signal again.
      process.on(signal, () => {
        if (controller.signal.aborted) process.exit(1);
        console.error(`\nstopped by ${signal}; cleaning up …`);
        controller.abort();
        reject(new UserError(`stopped by ${signal}`));
      });
    }
  });
  try {
    await Promise.race([work(controller.signal), stop]);
  } finally {
    await cleanUp();
    // The interrupted work may still wait for something that is gone now.
    if (controller.signal.aborted) process.exit(1);
  }
}
