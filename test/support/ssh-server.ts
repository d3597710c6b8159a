import { createServer, type Server as TcpServer, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import {
  type ParsedKey,
  type PublicKeyAuthContext,
  Server,
  type ServerChannel,
  type Connection as SshConnection,
  type Session,
  utils,
} from "ssh2";
import type { SshHost } from "../../components/shared/ssh";

/** A command that a scripted host has received. */
export interface Received {
  readonly command: string;
  /** Its complete standard input. */
  stdin: string;
  readonly env: Record<string, string>;
  /** Signals that it was sent, e.g. `TERM`. */
  readonly signals: string[];
}

/** What a scripted host does with a command. */
export interface Answer {
  /** Exit code; 0 by default. */
  readonly code?: number;
  /** The signal that ends it, in place of an exit code. */
  readonly signal?: string;
  readonly stdout?: string | Buffer;
  readonly stderr?: string;
  /** Cuts the connection in place of an end. */
  readonly lost?: boolean;
  /** Never ends by itself; ends with code 143 when it is sent TERM. */
  readonly hangs?: boolean;
  /** Ends when this promise does, whatever signal it is sent. */
  readonly until?: Promise<unknown>;
}

/** How a scripted host differs from a good one. */
export interface SshServerOptions {
  /** By default ed25519. */
  readonly hostKeyType?: "ed25519" | "rsa" | "ecdsa";
  /** Password accepted beside the key. */
  readonly password?: string;
  /** Variables it accepts, as AcceptEnv; none by default. */
  readonly acceptEnv?: readonly string[];
  /** Answers to a command; by default it prints nothing and ends with 0. */
  readonly answer?: (received: Received) => Answer | Promise<Answer>;
}

/** A key pair in `ssh-keygen`'s format. */
export interface KeyPair {
  readonly private: string;
  /** `ssh-ed25519 AAAA…` */
  readonly public: string;
}

/** A new key pair. */
export function makeKey(type: "ed25519" | "rsa" | "ecdsa" = "ed25519"): KeyPair {
  if (type === "rsa") return utils.generateKeyPairSync("rsa", { bits: 2048 });
  return type === "ecdsa" ? utils.generateKeyPairSync("ecdsa", { bits: 256 }) : makeEd25519({});
}

/** A new key pair whose private key has a passphrase. */
export const makeEncryptedKey = (passphrase: string): KeyPair =>
  makeEd25519({ passphrase, cipher: "aes256-ctr", rounds: 4 });

type Encryption = { passphrase: string; cipher: string; rounds: number } | object;

/** The library damages one ed25519 key in 256, one with a leading zero: such a key is generated again. */
function makeEd25519(encryption: Encryption): KeyPair {
  const pair = utils.generateKeyPairSync("ed25519", encryption);
  return utils.parseKey(pair.public) instanceof Error ? makeEd25519(encryption) : pair;
}

/** An SSH server on the loopback whose host key, user key and answers belong to the test. */
export class SshServer {
  public readonly host = "127.0.0.1";
  /** The accepted key. */
  public readonly userKey = makeKey();
  /** Commands received, in the order of their start. */
  public readonly received: Received[] = [];
  /** Number of TCP connections. */
  public connections = 0;
  /** Names of users whose login was tried, once per connection and method. */
  public readonly logins: string[] = [];
  /** Answers to commands from now on. */
  public answer: (received: Received) => Answer | Promise<Answer>;
  public port = 0;

  private readonly server: TcpServer;
  private readonly open = new Set<Socket>();
  private readonly accepted: ParsedKey[] = [];

  private constructor(
    private readonly options: SshServerOptions,
    private readonly hostKeys: KeyPair,
  ) {
    this.answer = options.answer ?? ((): Answer => ({}));
    const ssh = new Server({ hostKeys: [hostKeys.private] }, (connection) => {
      this.connected(connection);
    });
    this.server = createServer({ noDelay: true }, (socket) => {
      this.connections += 1;
      this.open.add(socket);
      socket.on("close", () => this.open.delete(socket));
      ssh.injectSocket(socket);
    });
    this.accept(this.userKey.public);
  }

  static async start(options: SshServerOptions = {}): Promise<SshServer> {
    const started = new SshServer(options, makeKey(options.hostKeyType));
    await new Promise<void>((resolve) => {
      started.server.listen(0, started.host, resolve);
    });
    started.port = (started.server.address() as { port: number }).port;
    return started;
  }

  /** Its public key, as `ssh_host_ed25519_key.pub` has it. */
  get hostKey(): string {
    return this.hostKeys.public;
  }

  /** Connection data for a client. */
  login(changes: Partial<SshHost> = {}): SshHost {
    const { host, port, hostKey } = this;
    return { host, port, user: "root", hostKey, privateKey: this.userKey.private, ...changes };
  }

  /** Cuts every connection, as if the machine died. */
  cut(): void {
    for (const socket of this.open) socket.destroy();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise<void>((resolve) => {
      this.server.close(() => {
        resolve();
      });
    });
  }

  /** Accepts a second key, e.g. `ssh-rsa AAAA…`. */
  accept(publicKey: string): void {
    const key = utils.parseKey(publicKey);
    if (key instanceof Error) throw key;
    this.accepted.push(key);
  }

  private connected(connection: SshConnection): void {
    connection
      .on("authentication", (context) => {
        this.logins.push(`${context.username}: ${context.method}`);
        const isKey = context.method === "publickey" && this.isAccepted(context);
        const isPassword =
          context.method === "password" && context.password === this.options.password;
        if (isKey || isPassword) context.accept();
        else
          context.reject([
            "publickey",
            ...(this.options.password === undefined ? [] : ["password" as const]),
          ]);
      })
      .on("ready", () => {
        connection.on("session", (accept) => {
          this.session(accept());
        });
      })
      .on("error", () => undefined);
  }

  private isAccepted({
    key,
    signature,
    blob = Buffer.alloc(0),
    hashAlgo,
  }: PublicKeyAuthContext): boolean {
    const known = this.accepted.find((one) => key.data.equals(one.getPublicSSH()));
    // A client first asks whether a key is accepted, then proves that it has it.
    return (
      known !== undefined && (signature === undefined || known.verify(blob, signature, hashAlgo))
    );
  }

  private session(session: Session): void {
    const env: Record<string, string> = {};
    const signals: string[] = [];
    const stop = new AbortController();
    session.on("env", (accept, reject, { key, val }: { key: string; val: string }) => {
      if (this.options.acceptEnv?.includes(key) !== true) {
        (reject as (() => void) | undefined)?.();
        return;
      }
      env[key] = val;
      (accept as (() => void) | undefined)?.();
    });
    // The library's server does not receive signals after the end of a command's input; sshd does.
    session.on("eof", () => {
      setImmediate(() => {
        (session as unknown as { _ending: boolean })._ending = false;
      });
    });
    session.on("signal", (_accept, _reject, { name }: { name: string }) => {
      signals.push(name);
      stop.abort();
    });
    session.on("exec", (accept, _reject, { command }) => {
      const received: Received = { command, stdin: "", env, signals };
      this.received.push(received);
      void this.run(accept(), received, stop.signal);
    });
  }

  private async run(channel: ServerChannel, received: Received, stop: AbortSignal): Promise<void> {
    channel.on("data", (chunk: Buffer) => {
      received.stdin += chunk.toString();
    });
    await new Promise<void>((resolve) => channel.once("end", resolve).once("close", resolve));
    const answer = await this.answer(received);
    if (answer.stderr !== undefined) channel.stderr.write(answer.stderr);
    const { stdout = "" } = answer;
    if (stdout.length > 0) await new Promise((resolve) => channel.write(stdout, resolve));
    if (answer.hangs === true) {
      await pause(600_000, undefined, { signal: stop, ref: false }).catch(() => undefined);
    }
    await answer.until;
    if (answer.lost === true) {
      this.cut();
      return;
    }
    if (answer.signal !== undefined) channel.exit(answer.signal);
    else channel.exit(answer.hangs === true ? 143 : (answer.code ?? 0));
    channel.end();
  }
}

/** A port on which something accepts connections and never sends anything. */
export async function silentPort(): Promise<{ port: number; close: () => void }> {
  const sockets = new Set<Socket>();
  const server: TcpServer = createServer((socket) => sockets.add(socket));
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const close = (): void => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  return { port: (server.address() as { port: number }).port, close };
}
