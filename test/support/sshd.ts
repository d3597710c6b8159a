import { execa, type ResultPromise } from "execa";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import type { SshHost } from "../../components/shared/ssh";
import { silent } from "../../sandbox/progress";
import { installMissing, sshServer } from "../../sandbox/toolchain/debian";
import { eventually } from "../../sandbox/eventually";
import { freePort } from "./ports";
import { makeKey } from "./ssh-server";

/** OpenSSH's own server on the loopback, with keys of its own, for the user who runs the tests. */
export class Sshd {
  private constructor(
    public readonly port: number,
    /** A folder that is removed with the server. */
    public readonly folder: string,
    private readonly keys: { readonly user: string; readonly host: string },
    private readonly server: Server,
  ) {}

  /** Starts one; Debian's is installed if there is none. Variables that begin with `OK_` are accepted. */
  static async start(): Promise<Sshd> {
    await installMissing(silent, [sshServer]);
    const folder = mkdtempSync(join(tmpdir(), "slipway-sshd-"));
    const [host, user] = [makeKey(), makeKey()];
    // Its directory for logins; its service creates it, and does not run here.
    mkdirSync("/run/sshd", { recursive: true });
    const file = (name: string, text: string): string => {
      writeFileSync(join(folder, name), text, { mode: 0o600 });
      return join(folder, name);
    };
    const port = await freePort();
    const config = file(
      "sshd_config",
      [
        `ListenAddress 127.0.0.1:${port}`,
        `HostKey ${file("host_key", host.private)}`,
        `AuthorizedKeysFile ${file("authorized_keys", `${user.public}\n`)}`,
        `PidFile ${join(folder, "pid")}`,
        "PermitRootLogin prohibit-password",
        "PasswordAuthentication no",
        "StrictModes no",
        "UsePAM no",
        "AcceptEnv OK_*",
        "Subsystem sftp internal-sftp",
      ].join("\n"),
    );
    const server = startSshd(config);
    const sshd = new Sshd(port, folder, { user: user.private, host: host.public }, server);
    const pid = (): Promise<unknown> => Promise.resolve(readFileSync(join(folder, "pid"), "utf8"));
    await Promise.race([
      eventually(pid, 40),
      server.then(({ all }) => {
        throw new Error(`sshd has ended:\n${all}`);
      }),
    ]);
    return sshd;
  }

  /** Connection data for a client. */
  login(changes: Partial<SshHost> = {}): SshHost {
    const { port, keys } = this;
    const host = { host: "127.0.0.1", port, user: userInfo().username, hostKey: keys.host };
    return { ...host, privateKey: keys.user, ...changes };
  }

  async stop(): Promise<void> {
    this.server.kill("SIGTERM");
    await this.server;
    rmSync(this.folder, { recursive: true, force: true });
  }
}

type Server = ResultPromise<{ all: true; reject: false }>;

const startSshd = (config: string): Server =>
  execa("/usr/sbin/sshd", ["-D", "-e", "-f", config], { all: true, reject: false });
