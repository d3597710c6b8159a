import { connect as connectSocket, type Socket } from "node:net";
import type {
  AnyAuthMethod,
  AuthenticationType,
  AuthHandlerMiddleware,
  Client,
  ParsedKey,
} from "ssh2";
import {
  connectFailure,
  connectTimeout,
  failure,
  hostKeyDiffers,
  loginRefused,
  type SshFailure,
  type SshStage,
  type SshAddress,
} from "./failure";
import { type HostKey, hostKeyTypes, offeredAlgorithms, parseBlob, readHostKey } from "./host-key";
import { ssh2 } from "./library";
import { readPrivateKey } from "./private-key";

/** Credentials and address of a host. */
export interface Login extends SshAddress {
  /** The host's public key, in the format of `ssh_host_*_key.pub`. Undefined: any key is accepted. */
  readonly hostKey: string | undefined;
  /** Private key: OpenSSH's format or PEM. */
  readonly privateKey?: string;
  /** Passphrase of an encrypted private key. */
  readonly passphrase?: string;
  readonly password?: string;
  /** Socket of an SSH agent. */
  readonly agent?: string;
  /** Timeout of connection and login together, in seconds; 15 by default, 0 for none. */
  readonly connectSeconds?: number;
}

/** Options of a connection besides its login. */
export interface ConnectOptions {
  /** Cancels the connection. */
  readonly signal?: AbortSignal;
  /** Opens the transport; by default TCP from here. */
  readonly open?: () => NodeJS.ReadWriteStream;
}

/** A connection counts as lost after this many unanswered keepalives. */
const keepalive = { keepaliveInterval: 15_000, keepaliveCountMax: 3 };

/** A login with its keys parsed, so that errors in them show before any attempt. */
interface Credentials {
  readonly expected: HostKey | undefined;
  readonly methods: readonly AnyAuthMethod[];
}

/**
 * Connects, checks the host's key and logs in. Rejects with an `SshFailure`. The caller closes the client by `end()`; a later
 * break of the connection ends whatever runs on it.
 */
export function connect(login: Login, options: ConnectOptions = {}): Promise<Client> {
  return new Promise((resolve, reject) => {
    new Attempt({ login, options, resolve, reject }).start();
  });
}

/** Arguments of an attempt, and its promise's callbacks. */
interface Call {
  readonly login: Login;
  readonly options: ConnectOptions;
  readonly resolve: (client: Client) => void;
  readonly reject: (reason: SshFailure) => void;
}

/** One attempt to connect, up to the login. */
class Attempt {
  private readonly credentials: Credentials;
  private readonly client: Client;
  private readonly socket: Socket;
  private stage: SshStage = "connect";
  /** Authentication methods that the host accepts. */
  private accepted: readonly AuthenticationType[] = [];
  private timeout: NodeJS.Timeout | undefined;
  private settled = false;

  constructor(private readonly call: Call) {
    const { login, options } = call;
    const { host, port = 22 } = login;
    this.credentials = readCredentials(login);
    this.client = new (ssh2().Client)();
    const way = options.open?.() ?? connectSocket({ host, port, noDelay: true });
    // The library's type is a socket; it uses only what every stream has.
    this.socket = way as Socket;
  }

  start(): void {
    const { login, options } = this.call;
    const { connectSeconds = 15 } = login;
    if (connectSeconds !== 0) {
      this.timeout = setTimeout(() => {
        this.fail(connectTimeout(login, this.stage, connectSeconds));
      }, connectSeconds * 1000);
    }
    if (options.signal?.aborted === true) {
      this.onAbort();
      return;
    }
    options.signal?.addEventListener("abort", this.onAbort, { once: true });
    this.listen();
    this.client.connect({
      ...keepalive,
      sock: this.socket,
      username: login.user,
      readyTimeout: 0,
      algorithms: { serverHostKey: offeredAlgorithms(this.credentials.expected) },
      hostVerifier: (blob: Buffer) => this.isExpected(blob),
      authHandler: this.offerInTurn(),
    });
  }

  private listen(): void {
    this.client
      .on("connect", () => {
        this.stage = "handshake";
      })
      .on("handshake", () => {
        this.stage = "login";
      })
      .on("ready", () => {
        if (this.settle()) this.call.resolve(this.client);
      })
      .on("error", (error) => {
        // Without an answer from the agent the other methods are still tried.
        if (error.level === "agent") return;
        const { login } = this.call;
        const refused =
          error.level === "client-authentication" ||
          (this.stage === "login" && error.level !== "client-socket");
        this.fail(
          refused
            ? loginRefused(login, describeMethods(this.credentials.methods), this.accepted)
            : connectFailure(login, this.stage, error),
        );
      })
      .on("close", () => {
        const closed = new Error("the host closed the connection");
        this.fail(connectFailure(this.call.login, this.stage, closed));
      });
  }

  private isExpected(blob: Buffer): boolean {
    const { expected } = this.credentials;
    if (expected === undefined || expected.blob.equals(blob)) return true;
    const shown = parseBlob(blob) ?? { type: "unknown", blob };
    this.fail(hostKeyDiffers(this.call.login, expected, shown));
    return false;
  }

  /** Offers one method after the other, of those that the host accepts. */
  private offerInTurn(): AuthHandlerMiddleware {
    const left = [...this.credentials.methods];
    return (allowed: AuthenticationType[] | null, _partial, next) => {
      if (allowed === null) {
        next({ type: "none", username: this.call.login.user });
        return;
      }
      this.accepted = allowed;
      const index = left.findIndex(({ type }) =>
        allowed.includes(type === "agent" ? "publickey" : type),
      );
      const [method] = index < 0 ? [] : left.splice(index, 1);
      next(method ?? (false as never));
    };
  }

  private readonly onAbort = (): void => {
    this.fail(failure("cancelled", this.call.login, "cancelled before the login"));
  };

  private fail(reason: SshFailure): void {
    if (this.settle()) this.call.reject(reason);
    this.client.end();
    this.socket.destroy();
  }

  /** Whether this is the first outcome, the only one that counts. */
  private settle(): boolean {
    if (this.settled) return false;
    this.settled = true;
    clearTimeout(this.timeout);
    this.call.options.signal?.removeEventListener("abort", this.onAbort);
    return true;
  }
}

function readCredentials(login: Login): Credentials {
  const expected = login.hostKey === undefined ? undefined : readHostKey(login.hostKey);
  if (login.hostKey !== undefined && expected === undefined) {
    throw failure("input", login, "the given hostKey holds no public key", {
      given: login.hostKey.slice(0, 200),
      allowed: `a line as /etc/ssh/ssh_host_ed25519_key.pub has it, of one of the types ${hostKeyTypes.join(", ")}`,
      fix: `\`ssh-keyscan ${login.host}\` shows what the host has; compare it on its own console`,
    });
  }
  return { expected, methods: authMethods(login) };
}

/** Authentication methods in the order of attempts. */
function authMethods(login: Login): AnyAuthMethod[] {
  const { user: username, privateKey, passphrase, password, agent } = login;
  const methods: AnyAuthMethod[] = [];
  if (privateKey !== undefined) {
    methods.push({ type: "publickey", username, key: keyOf(login, privateKey, passphrase) });
  }
  if (password !== undefined) {
    methods.push({ type: "password", username, password });
    methods.push({
      type: "keyboard-interactive",
      username,
      prompt: (...asked) => {
        const [, , , prompts, finish] = asked;
        finish(prompts.map(() => password));
      },
    });
  }
  if (agent !== undefined) methods.push({ type: "agent", username, agent });
  return methods;
}

function keyOf(where: SshAddress, text: string, passphrase: string | undefined): ParsedKey {
  try {
    return readPrivateKey(text, passphrase);
  } catch (error) {
    throw failure("input", where, `the private key cannot be used: ${(error as Error).message}`, {
      allowed: "a whole private key, with its BEGIN and END lines, in OpenSSH's format or as PEM",
    });
  }
}

const describeMethods = (methods: readonly AnyAuthMethod[]): string[] =>
  methods.map((method) =>
    method.type === "publickey" ? `publickey (${(method.key as ParsedKey).type})` : method.type,
  );
