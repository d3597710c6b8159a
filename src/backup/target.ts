import type { Client } from "ssh2";
import type { SftpTarget, Target } from "../../components/backup/spec";
import { connect, describeBytes, SshFailure } from "../../components/shared/ssh";

/** With less than this a disk is full: restic sends pieces of 16 MiB, or a few more. */
const little = 32 << 20;

/**
 * What the machine of a target says of a failure that restic cannot tell: it ends when its ssh does, and loses as often as not
 * what that has said; and SFTP has one word, `Failure`, for all that a disk does. So the machine is asked again.
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

/** How much room there is; nothing where the server does not tell. */
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
