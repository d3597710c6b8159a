import { UserError } from "../problem";
import { fingerprint, type HostKey } from "./host-key";
import { lastLines } from "./output";

/**
 * Kind of a failure on a host. `unreachable`: the name is unknown, there is no route, or there was no answer in time. `refused`:
 * nothing listens on the port. `hostKey`: the host has another key. `login`: the host rejected the login. `input`: the given
 * credentials cannot be used; nothing was tried. `timeout`: the command took too long. `lost`: the connection broke. `cancelled`:
 * the caller aborted.
 */
export type SshFailureKind =
  "unreachable" | "refused" | "hostKey" | "login" | "input" | "timeout" | "lost" | "cancelled";

/** A failure on a host, with the host, the reason and the fix. It holds no secret. */
export class SshFailure extends UserError {
  constructor(
    public readonly kind: SshFailureKind,
    message: string,
  ) {
    super(message, kind === "input" ? 2 : 1);
  }
}

/** User and address: `root@10.0.0.1:22`. */
export interface SshAddress {
  readonly host: string;
  /** 22 by default. */
  readonly port?: number;
  readonly user: string;
}

/** `root@10.0.0.1:22`, `root@[fd00::1]:22`. */
export function describe({ host, port = 22, user }: SshAddress): string {
  return `${user}@${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** A failure of this kind: what happened, then lines of detail. */
export function failure(
  kind: SshFailureKind,
  where: SshAddress,
  happened: string,
  details: Readonly<Record<string, string | undefined>> = {},
): SshFailure {
  const given = Object.entries(details).filter(([, text]) => text !== undefined && text !== "");
  const width = Math.max(...given.map(([name]) => name.length)) + 2;
  const lines = given.map(([name, text = ""]) => {
    const [first = "", ...rest] = text.split("\n");
    const indent = " ".repeat(width + 2);
    return [
      `  ${`${name}:`.padEnd(width)}${first}`,
      ...rest.map((line) => `${indent}${line}`),
    ].join("\n");
  });
  return new SshFailure(kind, [`${describe(where)}: ${happened}`, ...lines].join("\n"));
}

/** The host's key differs from the expected one. */
export function hostKeyDiffers(where: SshAddress, expected: HostKey, found: HostKey): SshFailure {
  const file = `/etc/ssh/ssh_host_${fileNames[found.type] ?? "*"}_key.pub`;
  return failure("hostKey", where, "the host shows another key than expected; nothing was sent", {
    expected: fingerprint(expected),
    found: fingerprint(found),
    fix:
      `if the host was made anew, compare with \`ssh-keygen -lf ${file}\` on its own console and correct ` +
      "hostKey; if it was not, something else answers at its address",
  });
}

const fileNames: Readonly<Record<string, string>> = {
  "ssh-ed25519": "ed25519",
  "ssh-rsa": "rsa",
  "ecdsa-sha2-nistp256": "ecdsa",
  "ecdsa-sha2-nistp384": "ecdsa",
  "ecdsa-sha2-nistp521": "ecdsa",
};

/** Last stage that a connection reached. */
export type SshStage = "connect" | "handshake" | "login";

/** A failed connection, from the error of the socket or of the SSH library. */
export function connectFailure(
  where: SshAddress,
  stage: SshStage,
  error: Error & { code?: string | number },
): SshFailure {
  const { host, port = 22 } = where;
  const detail = { error: lastLines(error.message, 1, 300) };
  if (error.code === "ENOTFOUND" || error.code === "EAI_AGAIN") {
    return failure("unreachable", where, `no address is known for the name ${host}`, {
      ...detail,
      fix: "correct the host, or give its IP address",
    });
  }
  if (error.code === "ECONNREFUSED") {
    return failure("refused", where, `nothing listens on port ${port}`, {
      fix: "is sshd running there (`systemctl status ssh`), and is it this port?",
    });
  }
  if (stage === "connect") {
    return failure("unreachable", where, "the host cannot be reached", {
      ...detail,
      fix:
        "is it running, is the address right, and does a firewall let port " + `${port} through?`,
    });
  }
  if (stage === "handshake" && /no matching|negotiat/i.test(error.message)) {
    return failure("lost", where, "it speaks no SSH that we speak", detail);
  }
  return failure("lost", where, `the connection broke during the ${stage}`, {
    ...detail,
    fix: "the host's log (`journalctl -u ssh`) says why; it may be starting or have too many logins at once",
  });
}

/** The host did not answer, or the login timed out. */
export function connectTimeout(where: SshAddress, stage: SshStage, seconds: number): SshFailure {
  const { port = 22 } = where;
  if (stage === "connect") {
    return failure("unreachable", where, `nobody answered within ${seconds} s`, {
      fix: `is it running, is the address right, and does a firewall let port ${port} through?`,
    });
  }
  return failure(
    "unreachable",
    where,
    `it accepted the connection and went silent: no ${stage} within ${seconds} s`,
    {
      fix: "is it SSH that listens there, and is the machine overloaded?",
    },
  );
}

/** The host rejected every offered login method. */
export function loginRefused(
  where: SshAddress,
  tried: readonly string[],
  accepted: readonly string[],
): SshFailure {
  return failure("login", where, "the host does not let us in", {
    tried:
      tried.length === 0 ? "nothing: no key, no password and no agent is given" : tried.join(", "),
    "it takes": accepted.join(", "),
    fix: `is the public half of the key in ~${where.user}/.ssh/authorized_keys there, and may ${where.user} log in (AllowUsers, PermitRootLogin)?`,
  });
}
