import { connect, type Login } from "./connect";
import { execute } from "./execute";
import type { CommandResult } from "./result";

/** A host to run commands on. Its key is always checked. */
export interface SshHost extends Login {
  readonly hostKey: string;
  /** Timeout of the command in seconds; 60 by default. Connection and login have their own, `connectSeconds`. */
  readonly timeoutSeconds?: number;
}

/**
 * Runs one command on a host, by a connection of its own, and returns its result, whatever its exit code. It keeps 1 MiB of each
 * stream (`Result.dropped`). Rejects with an `SshFailure`, a `UserError` whose `kind` says whether the host was unreachable,
 * refused the connection, showed another key or rejected the login, or whether the command timed out or the connection broke.
 *
 * Calls for many hosts may run in parallel.
 */
export async function run(host: SshHost, command: string, stdin?: string): Promise<CommandResult> {
  const { timeoutSeconds: seconds = 60 } = host;
  const client = await connect(host);
  try {
    return await execute(client, host, command, { stdin, seconds });
  } finally {
    client.end();
  }
}
