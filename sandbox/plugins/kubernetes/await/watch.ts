import { PluginError } from "../../rpc/errors";
import { ApiError } from "../api-error";
import type { KubeObject } from "../objects";
import type { Collection } from "./collection";

/** Objects to keep in sight. */
export interface Source {
  readonly collection: Collection;
  readonly key: string;
}

/** What is known of a source at a moment. */
export interface Sight {
  readonly objects: readonly KubeObject[];
  /** The last version of an object that was deleted in this very moment. */
  readonly gone?: KubeObject;
}

/** When to stop looking, and how often to look again although nothing happened. */
export interface Limits {
  readonly timeoutMs: number;
  readonly cancelled: AbortSignal;
  readonly tickMs: number;
  /** Is told that the API server cannot be watched for the moment. */
  readonly onTrouble: (message: string) => void;
}

/**
 * Yields what is known of all sources, first when each is known and then at every change and tick. Ends only with an
 * error: the time is over, the run was cancelled, or we may not watch.
 */
export async function* watch(
  sources: readonly Source[],
  limits: Limits,
): AsyncGenerator<readonly Sight[], never> {
  const seen: (Sight | undefined)[] = sources.map(() => undefined);
  const news = {
    any: false,
    failure: undefined as PluginError | undefined,
    wake: (): void => undefined,
  };
  const notice = (): void => {
    news.any = true;
    news.wake();
  };
  const fail = (message: string): void => {
    news.failure = new PluginError(message);
    notice();
  };
  const interrupt = (): void => {
    fail("interrupted");
  };

  const leave = sources.map(({ collection, key }, index) =>
    collection.listen(key, {
      changed: (objects, gone) => {
        seen[index] = { objects, gone };
        notice();
      },
      troubled: (error) => {
        const message = error instanceof Error ? error.message : String(error);
        if (error instanceof ApiError && error.isForbidden) fail(message);
        else limits.onTrouble(message);
      },
    }),
  );
  const timeout = setTimeout(() => {
    fail(`gave up after ${Math.round(limits.timeoutMs / 1000)} s`);
  }, limits.timeoutMs);
  const ticks = setInterval(notice, limits.tickMs);
  limits.cancelled.addEventListener("abort", interrupt);
  if (limits.cancelled.aborted) interrupt();

  try {
    for (;;) {
      if (!news.any) {
        await new Promise<void>((resolve) => {
          news.wake = resolve;
        });
      }
      news.any = false;
      if (news.failure !== undefined) throw news.failure;
      const known = seen.filter((sight) => sight !== undefined);
      if (known.length === sources.length) yield known;
    }
  } finally {
    for (const stop of leave) stop();
    clearTimeout(timeout);
    clearInterval(ticks);
    limits.cancelled.removeEventListener("abort", interrupt);
  }
}
