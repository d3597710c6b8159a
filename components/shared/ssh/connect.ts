import { connect as connectSocket, type Socket } from "node:net";
import type { AnyAuthMethod, AuthenticationType, Client, ParsedKey } from "ssh2";
import {
  connectFailure,
  connectTimeout,
  failure,
  hostKeyDiffers,
  loginRefused,
  type SshFailure,
  type Stage,
  type Where,
} from "./failure";
import { type HostKey, hostKeyTypes, offeredAlgorithms, parseBlob, readHostKey } from "./host-key";
import { ssh2 } from "./library";
import { readPrivateKey } from "./private-key";

/** How to get onto a host. */
export interface Login extends Where {
  /** The host's public key, as `ssh_host_*_key.pub` has it. Undefined: whoever answers is believed. */
  readonly hostKey: string | undefined;
  /** Private key: OpenSSH's format or PEM. */
  readonly privateKey?: string;
  /** Opens the private key, where it is encrypted. */
  readonly passphrase?: string;
  readonly password?: string;
  /** Socket of an SSH agent. */
  readonly agent?: string;
  /** How long to wait for connection and login together; 15 by default, 0 for ever. */
  readonly connectSeconds?: number;
}

/** What a connection may be given beside its login. */
export interface ConnectOptions {
  /** Gives up when it fires. */
  readonly signal?: AbortSignal;
  /** Opens the way there; by default TCP from here. */
  readonly open?: () => NodeJS.ReadWriteStream;
}

/** An answer to keepalives is missed this often before a connection counts as lost. */
const keepalive = { keepaliveInterval: 15_000, keepaliveCountMax: 3 };

/** A login with its texts read: what can be wrong with them is told before anything is tried. */
interface Credentials {
  readonly expected: HostKey | undefined;
  readonly methods: readonly AnyAuthMethod[];
}

/**
 * Connects, checks the host's key and logs in. Rejects with an `SshFailure`. Whoever asked ends the client, by `end()`;
 * what breaks later shows as the end of what then runs on it.
 */
export function connect(login: Login, { signal, open }: ConnectOptions = {}): Promise<Client> {
  return new Promise((resolve, reject) => {
    const { expected, methods } = readCredentials(login);
    const { host, port = 22, connectSeconds = 15 } = login;
    const client = new (ssh2().Client)();
    const socket = open?.() ?? connectSocket({ host, port, noDelay: true });
    let stage: Stage = "connect";
    let accepted: readonly AuthenticationType[] = [];
    let settled = false;

    const settle = (then: () => void): void => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      then();
    };
    const fail = (reason: SshFailure): void => {
      settle(() => {
        reject(reason);
      });
      client.end();
      (socket as Socket).destroy();
    };
    const onAbort = (): void => {
      fail(failure("cancelled", login, "cancelled before the login"));
    };
    const timer =
      connectSeconds === 0
        ? undefined
        : setTimeout(() => {
            fail(connectTimeout(login, stage, connectSeconds));
          }, connectSeconds * 1000);
    if (signal?.aborted === true) {
      onAbort();
      return;
    }
    signal?.addEventListener("abort", onAbort, { once: true });

    client
      .on("connect", () => {
        stage = "handshake";
      })
      .on("handshake", () => {
        stage = "login";
      })
      .on("ready", () => {
        settle(() => {
          resolve(client);
        });
      })
      .on("error", (error) => {
        // An agent that does not answer is one way in less: the others are still tried.
        if (error.level === "agent") return;
        fail(
          error.level === "client-authentication" ||
            (stage === "login" && error.level !== "client-socket")
            ? loginRefused(login, describeMethods(methods), accepted)
            : connectFailure(login, stage, error),
        );
      })
      .on("close", () => {
        fail(connectFailure(login, stage, new Error("the host closed the connection")));
      });
    const left = [...methods];
    client.connect({
      ...keepalive,
      sock: socket as Socket,
      username: login.user,
      readyTimeout: 0,
      algorithms: { serverHostKey: offeredAlgorithms(expected) },
      hostVerifier: (blob: Buffer) => {
        if (expected === undefined || expected.blob.equals(blob)) return true;
        fail(hostKeyDiffers(login, expected, parseBlob(blob) ?? { type: "unknown", blob }));
        return false;
      },
      authHandler: (allowed: AuthenticationType[] | null, _partial, next) => {
        if (allowed === null) {
          next({ type: "none", username: login.user });
          return;
        }
        accepted = allowed;
        const index = left.findIndex(({ type }) =>
          allowed.includes(type === "agent" ? "publickey" : type),
        );
        const [method] = index < 0 ? [] : left.splice(index, 1);
        next(method ?? (false as never));
      },
    });
  });
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

/** Ways to log in, in the order they are tried. */
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

function keyOf(where: Where, text: string, passphrase: string | undefined): ParsedKey {
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
