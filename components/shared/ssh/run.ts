import { connect, type Login } from "./connect";
import { execute } from "./execute";
import type { Result } from "./result";

/** A host to run commands on. Its key is always checked. */
export interface SshHost extends Login {
  readonly hostKey: string;
  /** How long the command may take, in seconds; 60 by default. Connection and login have `connectSeconds` of their own. */
  readonly timeoutSeconds?: number;
}

/**
 * Runs one command on a host, by a connection of its own, and tells how it ended, whatever its exit code. Of what it prints,
 * 1 MiB is kept of each stream (`Result.dropped`). Rejects with an `SshFailure`, a `UserError` whose `kind` says whether the
 * host was unreachable, refused, showed another key, did not let us in, took too long, or was lost on the way.
 *
 * Calls for many hosts may run at once.
 */
export async function run(host: SshHost, command: string, stdin?: string): Promise<Result> {
  const { timeoutSeconds: seconds = 60 } = host;
  const client = await connect(host);
  try {
    return await execute(client, host, command, { stdin, seconds });
  } finally {
    client.end();
  }
}
