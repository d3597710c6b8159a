import { execa, type ResultPromise } from "execa";
import { randomBytes } from "node:crypto";
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { layout } from "../../sandbox/layout";
import { folderBackend } from "../../sandbox/session";
import { silent } from "../../sandbox/progress";
import { buildTools } from "../../sandbox/toolchain/build";
import { installMissing, postgresql } from "../../sandbox/toolchain/debian";
import { eventually } from "../../sandbox/eventually";
import { freePort } from "./ports";

/** A place where Pulumi keeps stacks, with the server behind it. */
export interface Backend {
  /** Environment of pulumi for it: PULUMI_BACKEND_URL and credentials. */
  readonly env: Readonly<Record<string, string>>;
  /** The same with a wrong password; undefined if there is none. */
  readonly wrong: Readonly<Record<string, string>> | undefined;
  /** Secrets that must not appear in any output. */
  readonly secrets: readonly string[];
  /** Where its files can be read, if it has files. */
  readonly folder?: string;
  /** Names of its locks. */
  readonly locks: () => Promise<string[]>;
  /** Ends its server, and removes all its data. */
  readonly stop: () => Promise<void>;
}

/** A directory. */
export function fileBackend(): Promise<Backend> {
  const folder = mkdtempSync(join(tmpdir(), "slipway-backend-"));
  return Promise.resolve({
    env: { PULUMI_BACKEND_URL: folderBackend(folder) },
    wrong: undefined,
    secrets: [],
    folder,
    locks: () => Promise.resolve(lockFiles(folder)),
    stop: () => rm(folder, { recursive: true }),
  });
}

/**
 * A bucket of a real S3 server, which is built on first use; on the loopback, or on another address of this machine.
 * @param disk folder that its files are kept below.
 */
export async function s3Backend(
  address = "127.0.0.1",
  disk = tmpdir(),
): Promise<Backend & { endpoint: string }> {
  const { binary } = await buildTools(layout(), silent, ["versitygw"]);
  const folder = mkdtempSync(join(disk, "slipway-backend-"));
  const [buckets, metadata] = [join(folder, "buckets"), join(folder, "metadata")];
  const bucket = join(buckets, "slipway");
  for (const path of [bucket, metadata]) mkdirSync(path, { recursive: true });
  const [key, secret] = [password(), password()];
  const { server, port } = await serve(
    (free) =>
      execa(binary("versitygw"), [`${address}:${free}`, buckets, metadata], {
        env: { ROOT_ACCESS_KEY: key, ROOT_SECRET_KEY: secret },
        all: true,
        reject: false,
      }),
    (free) => fetch(`http://${address}:${free}/`),
  );
  const endpoint = `http://${address}:${port}`;
  const options = `endpoint=${endpoint}&s3ForcePathStyle=true&region=us-east-1`;
  const env = {
    PULUMI_BACKEND_URL: `s3://slipway?${options}`,
    AWS_ACCESS_KEY_ID: key,
    AWS_SECRET_ACCESS_KEY: secret,
  };
  return {
    env,
    endpoint,
    wrong: { ...env, AWS_SECRET_ACCESS_KEY: secret.replace(/^./, "x") },
    secrets: [secret],
    folder: bucket,
    locks: () => Promise.resolve(lockFiles(bucket)),
    stop: async () => {
      server.kill("SIGTERM");
      await server;
      await rm(folder, { recursive: true });
    },
  };
}

/** A database of a real PostgreSQL, which is installed from Debian if there is none. */
export async function postgresBackend(): Promise<Backend> {
  const binary = await postgresBinaries();
  const folder = mkdtempSync(join(tmpdir(), "slipway-backend-"));
  const secret = password();
  const secretPath = join(folder, "password");
  await writeFile(secretPath, secret, { mode: 0o600 });
  // PostgreSQL refuses to run as root.
  const user = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
  if (user.uid !== undefined) {
    for (const path of [folder, secretPath]) chownSync(path, user.uid, user.gid);
  }
  chmodSync(folder, 0o700);
  const options = { ...user, cwd: folder, env: { LC_ALL: "C" }, all: true } as const;
  const data = join(folder, "data");
  const made = ["--username=slipway", `--pwfile=${secretPath}`, "--auth=scram-sha-256"];
  await execa(binary("initdb"), [`--pgdata=${data}`, ...made, "--no-sync"], options);
  const settings = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off"];
  const flags = settings.flatMap((setting) => ["-c", setting]);
  const psql = async (on: number, statement: string): Promise<string> => {
    const place = ["--host=127.0.0.1", `--port=${on}`, "--username=slipway", "postgres"];
    const { stdout } = await execa(binary("psql"), [...place, "-Atc", statement], {
      ...options,
      env: { PGPASSWORD: secret },
    });
    return stdout;
  };
  const { server, port } = await serve(
    (free) => {
      const args = ["-D", data, "-p", `${free}`, ...flags];
      return execa(binary("postgres"), args, { ...options, reject: false });
    },
    (free) => psql(free, "select 1"),
  );
  const url = (word: string): { PULUMI_BACKEND_URL: string } => ({
    PULUMI_BACKEND_URL: `postgres://slipway:${word}@127.0.0.1:${port}/postgres?sslmode=disable`,
  });
  return {
    env: url(secret),
    wrong: url(secret.replace(/^./, "x")),
    secrets: [secret],
    locks: async () => {
      const keys = await psql(
        port,
        "select key from pulumi_state where key like '%/.pulumi/locks/%'",
      );
      return keys.split("\n").filter((key) => key.endsWith(".json"));
    },
    stop: async () => {
      // At once: without waiting for remaining clients.
      server.kill("SIGINT");
      await server;
      await rm(folder, { recursive: true });
    },
  };
}

/** The programs of a PostgreSQL server: those on PATH, else the newest of Debian's, which keeps them elsewhere. */
async function postgresBinaries(): Promise<(name: string) => string> {
  if (!(await isOnPath("initdb")) && debianServer() === undefined) {
    await installMissing(silent, [postgresql]);
  }
  const folder = debianServer();
  return (name) => (folder === undefined ? name : join(folder, name));
}

const isOnPath = async (name: string): Promise<boolean> =>
  !(await execa(name, ["--version"], { reject: false })).failed;

function debianServer(): string | undefined {
  const versions = "/usr/lib/postgresql";
  if (!existsSync(versions)) return undefined;
  return readdirSync(versions)
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(versions, version, "bin"))
    .find((folder) => existsSync(join(folder, "initdb")));
}

type Server = ResultPromise<{ all: true; reject: false }>;

/** Starts a server on a free port: on another one if somebody was faster. */
async function serve(
  start: (port: number) => Server,
  ask: (port: number) => Promise<unknown>,
): Promise<{ server: Server; port: number }> {
  for (let left = 5; ; left--) {
    const port = await freePort();
    const server = start(port);
    try {
      await answers(server, () => ask(port));
      return { server, port };
    } catch (error) {
      if (left <= 1 || !/already in use/.test(String(error))) throw error;
    }
  }
}

/** Waits for a server; throws its output if it ends instead. */
async function answers(server: Server, ask: () => Promise<unknown>): Promise<void> {
  const ended = server.then(({ all }) => {
    throw new Error(`the server has ended:\n${all}`);
  });
  // Once it has answered, its end is expected.
  ended.catch(() => undefined);
  await Promise.race([ended, eventually(ask)]);
}

/** Random like every password here, so that finding it in an output is no coincidence. */
const password = (): string => randomBytes(12).toString("hex");

function lockFiles(folder: string): string[] {
  const locks = join(folder, ".pulumi", "locks");
  if (!existsSync(locks)) return [];
  return readdirSync(locks, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".json"),
  );
}
