import type { Client } from "ssh2";
import type { SftpTarget, Target } from "../../components/backup/spec";
import { connect, describeBytes, SshFailure } from "../../components/shared/ssh";

/** With less space than this a disk counts as full: restic sends packs of 16 MiB, or slightly more. */
const little = 32 << 20;

/**
 * Asks a target's machine for the cause of a failure that restic cannot report: restic ends when its ssh does, and often loses
 * the message; and SFTP has only one word, `Failure`, for all disk errors.
 */
export async function targetSays(
  target: Target,
  secrets: Readonly<Record<string, string>>,
  stderr: string,
): Promise<string> {
  if (target.kind !== "sftp") return "";
  const [lost, failed] = [/unable to start the sftp session/, /SSH_FX_FAILURE/].map((word) =>
    word.test(stderr),
  );
  if (lost !== true && failed !== true) return "";
  const { address: host, port, user, hostKey, key } = target;
  const login = { host, port, user, hostKey, privateKey: secrets[key] ?? "", connectSeconds: 10 };
  try {
    const client = await connect(login);
    try {
      return failed === true ? await room(client, target) : "";
    } finally {
      client.end();
    }
  } catch (error) {
    if (!(error instanceof SshFailure)) throw error;
    return error.message.split("\n")[0] ?? "";
  }
}

/** The free space; empty if the server does not report it. */
function room(client: Client, { path, user, address }: SftpTarget): Promise<string> {
  return new Promise((resolve) => {
    client.sftp((error, sftp) => {
      if (error !== undefined) {
        resolve("");
        return;
      }
      sftp.ext_openssh_statvfs(path, (failed, gathered: Record<string, number> | undefined) => {
        const { f_frsize: block = 0, f_bavail: blocks = 0, f_favail: files = 0 } = gathered ?? {};
        const free = block * blocks;
        const where = `below ${path} of ${user}@${address}`;
        if (failed !== undefined) resolve("");
        else if (free >= little && files > 0) resolve(`${describeBytes(free)} are free ${where}`);
        else
          resolve(
            `target: no space left on device: ${describeBytes(free)} and ${files} files are free ${where}`,
          );
      });
    });
  });
}
