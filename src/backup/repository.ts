import { execa } from "execa";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { resticAccess } from "../../components/backup/restic";
import {
  checkRepository,
  compareFolder,
  noteDrill,
  restoreInto,
  type ScriptArgs,
} from "../../components/backup/script";
import { manifestName, tags, type Repository, type Say } from "../../components/backup/spec";
import { privateKeyFile } from "../../components/shared/ssh";
import { failure } from "./explain";
import { inMemory } from "./place";
import { targetSays } from "./target";

/** What is needed to open a stack's repositories. */
export interface Keyring {
  stack: string;
  /** Name of the secret with the password. */
  password: string;
  /** Secrets of the stack, by name. */
  secrets: Readonly<Record<string, string>>;
  /** The environment of the programs that are run. */
  env: Readonly<Record<string, string>>;
}

const Snapshots = z
  .array(
    z.object({
      short_id: z.string(),
      time: z.string(),
      hostname: z.string(),
      paths: z.array(z.string()),
      tags: z.array(z.string()).nullish(),
    }),
  )
  .nullable();

/** A snapshot. */
export interface Snapshot {
  id: string;
  /** When it was begun. */
  at: Date;
  host: string;
  paths: readonly string[];
  tags: readonly string[];
}

const Compared = z.object({ files: z.number(), bytes: z.number(), moving: z.number() });
/** What was compared with its checksums. */
export type Compared = z.output<typeof Compared>;

/** An open repository: its files exist while it is used; its secrets are only in restic's environment. */
export class OpenRepository {
  private constructor(
    public readonly repository: Repository,
    private readonly env: Readonly<Record<string, string>>,
    public readonly options: readonly string[],
    private readonly keyring: Keyring,
  ) {}

  static async use<T>(
    repository: Repository,
    keyring: Keyring,
    use: (open: OpenRepository) => Promise<T>,
  ): Promise<T> {
    const { stack, password, secrets } = keyring;
    const { spec, path } = repository;
    return await inMemory(async (folder) => {
      const access = resticAccess(spec.target, { stack, path, password, folder });
      const { env, secretEnv, files, secretFiles, options } = access;
      const value = (name: string): string => secrets[name] ?? "";
      const secret = Object.entries(secretEnv).map(([key, name]) => [key, value(name)] as const);
      const all = [
        ...Object.entries(files),
        ...Object.entries(secretFiles).map(([file, name]) => [file, privateKeyFile(value(name))]),
      ];
      for (const [name = "", text = ""] of all)
        writeFileSync(join(folder, name), text, { mode: 0o600 });
      // The user's own settings for restic or S3 do not apply to this repository.
      const own = Object.entries(keyring.env).filter(([key]) => !/^(RESTIC|AWS)_/.test(key));
      const whole = { ...Object.fromEntries(own), ...env, ...Object.fromEntries(secret) };
      return await use(new OpenRepository(repository, whole, options, keyring));
    });
  }

  /** Snapshots, oldest first. */
  async snapshots(): Promise<Snapshot[]> {
    const { stdout } = await this.restic("looking at snapshots", [
      "snapshots",
      "--json",
      "--no-lock",
    ]);
    return (Snapshots.parse(JSON.parse(stdout)) ?? [])
      .map(({ short_id: id, time, hostname, paths, tags: named }) => ({
        id,
        at: new Date(time),
        host: hostname,
        paths,
        tags: named ?? [],
      }))
      .sort((a, b) => a.at.getTime() - b.at.getTime());
  }

  /** A backup by its id, or the newest one. */
  async backup(wanted?: string): Promise<Snapshot> {
    const backups = (await this.snapshots()).filter((each) => each.tags.includes(tags.backup));
    const gathered =
      wanted === undefined ? backups.at(-1) : backups.find(({ id }) => wanted.startsWith(id));
    if (gathered !== undefined) return gathered;
    const which = wanted === undefined ? "" : ` ${wanted}`;
    throw failure(
      this.repository,
      this.keyring.stack,
      "looking for the backup",
      `no snapshot found${which}`,
    );
  }

  /** Its size at the target, in bytes. */
  async size(): Promise<number> {
    const args = ["stats", "--mode", "raw-data", "--json", "--no-lock"];
    const { stdout } = await this.restic("looking at its size", args);
    return z.object({ total_size: z.number() }).parse(JSON.parse(stdout)).total_size;
  }

  /** Checks its structure, and a part of its data or all of it. */
  async verify(say: Say, all: boolean): Promise<void> {
    const data = all ? "--read-data" : "--read-data-subset=5%";
    const args = this.scripted(this.repository.path);
    await this.script("verifying", checkRepository({ ...args, data }), say);
  }

  /** Restores a backup into a folder and compares it: the data is at the first returned path. */
  async restore(
    { id, host, paths }: Snapshot,
    folder: string,
    say: Say,
  ): Promise<{ data: string; manifest: string; compared: Compared }> {
    const args = this.scripted(host);
    await this.script("restoring", restoreInto({ ...args, snapshot: id, folder }), say);
    const manifest = paths.find((path) => path.endsWith(`/${manifestName}`)) ?? `/${manifestName}`;
    const data = paths.find((path) => path !== manifest) ?? "/";
    const there = { data: join(folder, data), manifest: join(folder, manifest) };
    say("comparing every file with its checksum");
    const output = await this.script("comparing", compareFolder({ ...args, ...there }), say);
    return {
      ...there,
      compared: Compared.parse(JSON.parse(output.trim().split("\n").at(-1) ?? "")),
    };
  }

  /** Records the result of a drill. */
  async note({ id, host }: Snapshot, ok: boolean, compared: Compared, say: Say): Promise<void> {
    await this.script(
      "writing down the drill",
      noteDrill({ ...this.scripted(host), ...compared, ok, snapshot: id }),
      say,
    );
  }

  /** The variables of this repository for scripts. */
  scripted = (host: string): ScriptArgs => ({ options: this.options, host });

  /** Runs shell text with everything that restic needs; returns its output. Throws a description of what went wrong. */
  async script(operation: string, text: string, say: Say): Promise<string> {
    return (await this.run(operation, "sh", ["-c", text], say)).stdout;
  }

  private async restic(
    operation: string,
    args: readonly string[],
    say?: Say,
  ): Promise<{ stdout: string }> {
    const all = [...this.options, ...args].map((word) => `'${word}'`).join(" ");
    return await this.run(operation, "sh", ["-c", `exec restic ${all}`], say);
  }

  private async run(
    operation: string,
    program: string,
    args: readonly string[],
    say?: Say,
  ): Promise<{ stdout: string }> {
    const child = execa(program, args, {
      env: { ...this.env, PROGRESS: "1", RESTIC_PROGRESS_FPS: "2" },
      extendEnv: false,
      stdin: "ignore",
      reject: false,
      maxBuffer: 1 << 28,
    });
    if (say !== undefined) {
      for (const stream of [child.stdout, child.stderr]) {
        stream.on("data", (chunk: Buffer) => {
          report(chunk.toString(), say);
        });
      }
    }
    const { exitCode, stdout, stderr } = await child;
    if (exitCode === 0) return { stdout };
    const more = await targetSays(this.repository.spec.target, this.keyring.secrets, stderr);
    throw failure(this.repository, this.keyring.stack, operation, `${stdout}\n${stderr}\n${more}`);
  }
}

/** Shows the last output line; restic's own progress as a fraction. */
function report(text: string, say: Say): void {
  const line = text.trim().split("\n").at(-1) ?? "";
  const percent = /"percent_done":([\d.]+)/.exec(line)?.[1];
  if (percent !== undefined) say("sent", Number(percent));
  else if (line !== "" && !line.startsWith("{")) say(line);
}
