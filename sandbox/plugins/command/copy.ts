import { readdir, stat } from "node:fs/promises";
import { basename, join, posix } from "node:path";
import type { Client, SFTPWrapper } from "ssh2";
import type { AssetSource } from "./assets";
import { PluginError } from "../../../components/shared/system/grpc";

/**
 * Copies over SFTP, overwriting existing files. A file copied into an existing folder keeps its name; a folder becomes
 * `remotePath/name`, or with a trailing slash its contents go into `remotePath`. Parent folders are created.
 */
export async function copyTo(
  client: Client,
  source: AssetSource,
  remotePath: string,
): Promise<void> {
  const sftp = await open(client);
  try {
    if ("text" in source) await copyText(sftp, source.text, remotePath);
    else if (await isFolder(source.path)) await copyFolderTo(sftp, source.path, remotePath);
    else await copyFileTo(sftp, source.path, remotePath);
  } finally {
    sftp.end();
  }
}

async function copyText(sftp: SFTPWrapper, text: string, path: string): Promise<void> {
  if ((await remoteKind(sftp, path)) === "folder") {
    throw new PluginError(
      `${path} is a folder there; a text needs the path of a file as remotePath`,
    );
  }
  await makeFolders(sftp, posix.dirname(path));
  await call(`writing ${path}`, (done) => {
    sftp.writeFile(path, text, done);
  });
}

async function copyFileTo(sftp: SFTPWrapper, from: string, path: string): Promise<void> {
  const kind = await remoteKind(sftp, path);
  if (kind === undefined) await makeFolders(sftp, posix.dirname(path));
  await copyFile(sftp, from, kind === "folder" ? posix.join(path, basename(from)) : path);
}

async function copyFolderTo(sftp: SFTPWrapper, from: string, path: string): Promise<void> {
  await makeFolders(sftp, path);
  const to = from.endsWith("/") ? path : posix.join(path, basename(from));
  await copyFolder(sftp, from, to);
}

async function copyFolder(sftp: SFTPWrapper, from: string, to: string): Promise<void> {
  await makeFolder(sftp, to);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [here, there] = [join(from, entry.name), posix.join(to, entry.name)];
    if (entry.isDirectory()) await copyFolder(sftp, here, there);
    else await copyFile(sftp, here, there);
  }
}

async function copyFile(sftp: SFTPWrapper, from: string, to: string): Promise<void> {
  await call(`copying ${from} to ${to}`, (done) => {
    sftp.fastPut(from, to, done);
  });
}

async function makeFolders(sftp: SFTPWrapper, path: string): Promise<void> {
  if (path === "." || path === "/") return;
  if ((await remoteKind(sftp, path)) === undefined) await makeFolders(sftp, posix.dirname(path));
  await makeFolder(sftp, path);
}

async function makeFolder(sftp: SFTPWrapper, path: string): Promise<void> {
  const kind = await remoteKind(sftp, path);
  if (kind === "file") throw new PluginError(`${path} is there, and is not a folder`);
  if (kind === "folder") return;
  await call(`making the folder ${path}`, (done) => {
    sftp.mkdir(path, done);
  });
}

async function remoteKind(sftp: SFTPWrapper, path: string): Promise<"file" | "folder" | undefined> {
  return await new Promise((resolve, reject) => {
    sftp.stat(path, (error, stats) => {
      if (error === undefined) resolve(stats.isDirectory() ? "folder" : "file");
      else if ((error as { code?: unknown }).code === noSuchFile) resolve(undefined);
      else reject(new PluginError(`looking at ${path} failed there: ${error.message}`));
    });
  });
}

/** SSH_FX_NO_SUCH_FILE. */
const noSuchFile = 2;

async function open(client: Client): Promise<SFTPWrapper> {
  return await new Promise((resolve, reject) => {
    client.sftp((error, sftp) => {
      if (error === undefined) resolve(sftp);
      else reject(new PluginError(`the host offers no SFTP: ${error.message}`));
    });
  });
}

async function call(
  what: string,
  run: (done: (error?: Error | null) => void) => void,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    run((error) => {
      if (error === undefined || error === null) resolve();
      else reject(new PluginError(`${what} failed: ${error.message}`));
    });
  });
}

async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw new PluginError(`there is no file ${path} here`);
  return found.isDirectory();
}
