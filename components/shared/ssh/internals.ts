import type { Client, ClientChannel } from "ssh2";

/**
 * Two features of SSH that the library's interface does not offer. They use its internals; its version is pinned, and the tests
 * of `execute` and of the command plugin fail if the internals change.
 */
interface Inside {
  readonly _protocol: {
    env: (channel: number, name: string, value: string, wantReply: boolean) => void;
    exec: (channel: number, command: string, wantReply: boolean) => void;
    signal: (channel: number, name: string) => void;
  };
  readonly _chanMgr: { readonly _channels: Readonly<Record<number, InsideChannel | undefined>> };
}
interface InsideChannel {
  /** Absent while the host has not opened it yet. */
  readonly outgoing?: { readonly id: number };
  /** Callbacks for the host's replies, in the order of the requests. */
  readonly _callbacks: ((error?: unknown) => void)[];
  close(): void;
}

const inside = (client: Client): Inside => client as unknown as Inside;

/** Sends a signal to a command, even after the end of its input, where the library's own method does nothing. */
export function sendSignal(client: Client, channel: ClientChannel, name: "TERM" | "KILL"): void {
  try {
    const { outgoing } = channel as unknown as InsideChannel;
    if (outgoing !== undefined) inside(client)._protocol.signal(outgoing.id, name);
  } catch {
    // The connection is gone.
  }
}

/**
 * Requests the host's reply to each variable of the one command on this connection. The command starts when all replies have
 * come, and not at all when the host refused a required one: then it returns that one's name. The library requests no replies, so
 * the command would run without refused variables.
 */
export function watchEnvironment(
  client: Client,
  needed: readonly string[],
  onRefused: (name: string) => void,
): () => string | undefined {
  const protocol = inside(client)._protocol;
  const { env, exec } = protocol;
  let waiting = 0;
  let refused: string | undefined;
  let start: (() => void) | undefined;
  const channelOf = (id: number): InsideChannel | undefined =>
    Object.values(inside(client)._chanMgr._channels).find(
      (channel) => channel?.outgoing?.id === id,
    );

  protocol.env = (id, name, value) => {
    waiting += 1;
    channelOf(id)?._callbacks.push((error) => {
      waiting -= 1;
      if (error !== undefined && error !== false) {
        if (needed.includes(name)) refused ??= name;
        else onRefused(name);
      }
      if (waiting === 0) start?.();
    });
    env.call(protocol, id, name, value, true);
  };
  protocol.exec = (id, command, wantReply) => {
    start = () => {
      if (refused === undefined) {
        exec.call(protocol, id, command, wantReply);
        return;
      }
      const channel = channelOf(id);
      channel?._callbacks.shift()?.(new Error(`the variable ${refused} was refused`));
      channel?.close();
    };
    if (waiting === 0) start();
  };
  return () => refused;
}
