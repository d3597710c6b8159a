import { setTimeout as pause } from "node:timers/promises";
import type { Client } from "ssh2";
import { connect, describe, type Login, SshFailure } from "../../../components/shared/ssh";

/** A host as a resource's `connection` describes it, defaults filled in. */
export interface Hop {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password?: string;
  readonly privateKey?: string;
  readonly privateKeyPassword?: string;
  readonly agentSocketPath?: string;
  /** How many failed attempts are allowed before one more is the last; -1 for any number. */
  readonly dialErrorLimit: number;
  /** Seconds for each attempt; 0 for ever. */
  readonly perDialTimeout: number;
  readonly hostKey?: string;
}
/** A host, and its bastion. */
export interface Connection extends Hop {
  readonly proxy?: Hop;
}

/** Inputs and callbacks of a wait for a host. */
export interface DialOptions {
  readonly signal: AbortSignal;
  /** Called for each failed attempt that will be repeated. */
  readonly onRetry: (message: string) => void;
}

/** Pauses between attempts, as in the official plugin: growing by half, up to five seconds. */
const firstPauseMs = 100;
const longestPauseMs = 5_000;
/**
 * Errors worth a retry. A wrong host key or a refused login is not: repeating those could lock the user out (the official plugin
 * repeats them too).
 */
const passing = new Set(["unreachable", "refused", "lost"]);

/** The target of a connection, for messages. */
export const loginOf = (hop: Hop): Login => ({
  host: hop.host,
  port: hop.port,
  user: hop.user,
  hostKey: hop.hostKey,
  privateKey: hop.privateKey,
  passphrase: hop.privateKeyPassword,
  password: hop.password,
  agent: hop.agentSocketPath ?? defaultAgent(hop),
  connectSeconds: hop.perDialTimeout,
});

/** Connects and runs `use`; ends every connection afterwards. */
export async function withHost<Value>(
  connection: Connection,
  options: DialOptions,
  use: (client: Client) => Promise<Value>,
): Promise<Value> {
  const { proxy } = connection;
  if (proxy === undefined) {
    return await using(
      await dial(connection, options, () => connect(loginOf(connection), options)),
      use,
    );
  }
  const bastion = await dial(proxy, options, () => connect(loginOf(proxy), options));
  return await using(bastion, async (between) => {
    const client = await dial(connection, options, async () => {
      const stream = await through(between, connection, proxy);
      return await connect(loginOf(connection), { ...options, open: () => stream });
    });
    return await using(client, use);
  });
}

async function using<Value>(
  client: Client,
  use: (client: Client) => Promise<Value>,
): Promise<Value> {
  try {
    return await use(client);
  } finally {
    client.end();
  }
}

async function dial(
  hop: Hop,
  { signal, onRetry }: DialOptions,
  attempt: () => Promise<Client>,
): Promise<Client> {
  const { dialErrorLimit: limit } = hop;
  for (let failed = 1; ; failed++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof SshFailure) || !passing.has(error.kind) || signal.aborted) throw error;
      if (limit >= 0 && failed > limit) throw afterAttempts(error, failed);
      const [reason] = error.message.split("\n");
      onRetry(`${reason}; attempt ${failed}${limit < 0 ? "" : ` of ${limit + 1}`}, trying again`);
      const wait = Math.min(firstPauseMs * 1.5 ** (failed - 1), longestPauseMs);
      await pause(wait, undefined, { signal }).catch(() => {
        throw error;
      });
    }
  }
}

const afterAttempts = (error: SshFailure, count: number): SshFailure =>
  count === 1 ? error : new SshFailure(error.kind, `${error.message}\n  attempts: ${count}`);

/** A stream to the host behind a bastion. */
function through(bastion: Client, to: Hop, proxy: Hop): Promise<NodeJS.ReadWriteStream> {
  return new Promise((resolve, reject) => {
    bastion.forwardOut("127.0.0.1", 0, to.host, to.port, (error, stream) => {
      if (error === undefined) {
        resolve(stream);
        return;
      }
      const message = `${describe(to)}: ${describe(proxy)} does not connect us to it: ${error.message}`;
      reject(new SshFailure("unreachable", message));
    });
  });
}

/** The user's own agent is used if nothing else is given. */
const defaultAgent = ({ privateKey, password }: Hop): string | undefined =>
  privateKey === undefined && password === undefined
    ? process.env["SSH_AUTH_SOCK"] || undefined
    : undefined;
