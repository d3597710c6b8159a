import * as assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { execa } from "execa";
import { parseDocument } from "yaml";
import { binDir } from "../../sandbox/engine";
import { layout } from "../../sandbox/layout";
import { sessionEnv } from "../../sandbox/session";
import { silent } from "../../sandbox/progress";
import { installMissing, restic } from "../../sandbox/toolchain/debian";
import type { BackupStatus } from "../../src/backup/status";
import { s3Backend, type Backend } from "./backends";
import { ProgramCopy } from "../../sandbox/program-copy";
import { Sshd } from "./sshd";
import { Wire } from "./wire";

/** A stack that backs up to a real S3 server and to a real SSH server, each behind a connection that can be cut. */
export class BackupLab {
  readonly program = new ProgramCopy();
  /** All output of all commands. */
  said = "";
  /** Secrets that must not appear in any output. */
  readonly secrets: string[] = [];

  private constructor(
    readonly s3: Backend & { wire: Wire },
    readonly sshd: Sshd,
    readonly ssh: Wire,
    private readonly password: string,
  ) {}

  /**
   * Both servers, and a stack that keeps its state at one and a registry's folder at the other.
   * @param disk folder that the S3 server's files are kept below.
   */
  static async start(disk?: string): Promise<BackupLab> {
    await installMissing(silent, [restic]);
    const s3 = await s3Backend(undefined, disk);
    const port = Number(/127\.0\.0\.1:(\d+)/.exec(s3.env["PULUMI_BACKEND_URL"] ?? "")?.[1]);
    const sshd = await Sshd.start();
    const password = randomBytes(12).toString("hex");
    const [wire, ssh] = [await Wire.to(port), await Wire.to(sshd.port)];
    const lab = new BackupLab({ ...s3, wire }, sshd, ssh, password);
    const { user, hostKey, privateKey = "" } = sshd.login();
    const keep = { hourly: 24, daily: 7 };
    lab.set([], {
      password: "backupPassword",
      targets: {
        offsite: {
          kind: "s3",
          endpoint: `http://127.0.0.1:${lab.s3.wire.port}`,
          bucket: "slipway",
          accessKey: "s3AccessKey",
          secretKey: "s3SecretKey",
        },
        house: {
          kind: "sftp",
          address: "127.0.0.1",
          port: lab.ssh.port,
          user,
          key: "backupKey",
          hostKey: hostKey,
          path: lab.house,
        },
      },
      parts: {
        state: { schedule: "hourly", keep, target: "offsite" },
        registry: { schedule: "daily", keep, target: "house", folder: lab.registry },
      },
    });
    await lab.program.init();
    const { AWS_ACCESS_KEY_ID: id = "", AWS_SECRET_ACCESS_KEY: secret = "" } = s3.env;
    await lab.secret("s3AccessKey", id);
    await lab.secret("s3SecretKey", secret);
    await lab.secret("backupPassword", password);
    await lab.secret("backupKey", privateKey);
    return lab;
  }

  /** Folder of the repositories on the SSH server. */
  get house(): string {
    return join(this.sshd.folder, "house");
  }

  /** The registry's folder. */
  get registry(): string {
    return join(this.sshd.folder, "registry");
  }

  /** Sets a secret of the stack; from now on no output may contain it. */
  async secret(name: string, value: string): Promise<void> {
    this.secrets.push(
      ...value
        .trim()
        .split("\n")
        .filter((line) => line.length > 15 && !line.startsWith("---")),
    );
    await this.program.secret(name, value);
  }

  /** Changes the stack file's settings below `slipway:backup`. */
  set(path: readonly string[], value: unknown): void {
    const file = join(this.program.folder, "Pulumi.test.yaml");
    const document = parseDocument(readFileSync(file, "utf8"));
    document.setIn(["config", "slipway:backup", ...path], document.createNode(value));
    writeFileSync(file, document.toString());
  }

  /** Writes files of the registry. */
  fill(files: Readonly<Record<string, string | Buffer>>): void {
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(this.registry, name)), { recursive: true });
      writeFileSync(join(this.registry, name), content);
    }
  }

  /** Runs `slipway backup …`, which must end with this exit code; returns its output. */
  async backup(expected: number, ...args: string[]): Promise<string> {
    const { exitCode, all } = await this.program.slipway("backup", ...args, "--stack", "test");
    this.said += all;
    assert.equal(exitCode, expected, all);
    return all;
  }

  /** The same with `--json`: returns the result. */
  async json(expected: number, ...args: string[]): Promise<unknown> {
    const all = ["backup", ...args, "--stack", "test", "--json"];
    const { exitCode, stdout, stderr } = await this.program.slipway(...all);
    this.said += stdout + stderr;
    assert.equal(exitCode, expected, stderr);
    return JSON.parse(stdout);
  }

  /** Runs restic as in docs/backups.md for the case that only the target is left; returns its output. */
  async byHand(...args: string[]): Promise<string> {
    const repository = `s3:http://127.0.0.1:${this.s3.wire.port}/slipway/test/state`;
    const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = this.s3.env;
    const env = { RESTIC_REPOSITORY: repository, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY };
    const { stdout } = await execa("restic", args, {
      env: { ...env, RESTIC_PASSWORD: this.password },
    });
    return stdout;
  }

  /** Runs a line of docs/backups.md's crontab as cron does, with the variables of the page and none of this shell's. */
  async byCron(command: string, given: Readonly<Record<string, string>>): Promise<string> {
    const passphrase = join(this.sshd.folder, "passphrase");
    const session = sessionEnv(layout());
    writeFileSync(passphrase, session["PULUMI_CONFIG_PASSPHRASE"] ?? "", { mode: 0o600 });
    const own: Record<string, string> = {
      PULUMI_BACKEND_URL: this.program.backend,
      PULUMI_CONFIG_PASSPHRASE_FILE: passphrase,
      // It is not used: the backend is a folder here.
      AWS_SHARED_CREDENTIALS_FILE: join(this.sshd.folder, "aws"),
      PATH: [binDir(layout()), dirname(process.execPath), given["PATH"]].join(delimiter),
    };
    const unknown = Object.keys(given).filter((name) => !(name in own));
    assert.deepEqual(unknown, [], "the page gives what this test does not know");
    // Not needed with a real cluster and an installed pulumi.
    const sandbox = [
      "PULUMI_HOME",
      "SLIPWAY_SANDBOX",
      "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION",
    ];
    const env = {
      HOME: this.sshd.folder,
      LOGNAME: "ops",
      SHELL: "/bin/sh",
      ...Object.fromEntries(sandbox.map((name) => [name, session[name] ?? ""])),
      ...Object.fromEntries(Object.keys(given).map((name) => [name, own[name] ?? ""])),
    };
    const here = command
      .replace("/srv/slipway", this.program.folder)
      .replace("--stack prod", "--stack test");
    assert.notEqual(here, command);
    const options = { env, extendEnv: false, all: true, reject: false } as const;
    const { exitCode, all } = await execa("/bin/sh", ["-c", here], options);
    this.said += all;
    assert.equal(exitCode, 0, all);
    return all;
  }

  /** Status of a part. */
  async status(part: string): Promise<BackupStatus> {
    const { exitCode, stdout, stderr } = await this.program.slipway(
      "backup",
      "list",
      "--json",
      "--stack",
      "test",
    );
    assert.ok(exitCode === 0 || exitCode === 1, stderr);
    const { parts } = JSON.parse(stdout) as { parts: BackupStatus[] };
    const found = parts.find((each) => each.part === part);
    assert.ok(found, stdout);
    return found;
  }

  /** Files of a repository, largest first. */
  files(part: "state" | "registry", kind: "data" | "locks"): string[] {
    const root = part === "state" ? (this.s3.folder ?? "") : this.house;
    const folder = join(root, "test", part, kind);
    if (!existsSync(folder)) return [];
    return readdirSync(folder, { recursive: true, encoding: "utf8" })
      .map((name) => join(folder, name))
      .filter((path) => statSync(path).isFile())
      .sort((a, b) => statSync(b).size - statSync(a).size);
  }

  /** Creates the repositories again. */
  empty(): void {
    rmSync(join(this.s3.folder ?? "", "test"), { recursive: true, force: true });
    rmSync(this.house, { recursive: true, force: true });
  }

  async stop(): Promise<void> {
    await this.ssh.stop();
    await this.s3.wire.stop();
    await this.sshd.stop();
    await this.s3.stop();
    this.program.remove();
  }
}
