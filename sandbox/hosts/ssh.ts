import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { UserError } from "../../components/shared/problem";
import { logTail } from "../cluster/supervisor/log";

/** Tenths of a second that a host may take from its start until its ssh server answers. */
const timeout = 600;

/** Options of ssh that allow only the given key and known hosts. */
export function sshOptions(files: { keyFile: string; knownHosts: string }): string[] {
  const options = {
    BatchMode: "yes",
    ConnectTimeout: "5",
    GlobalKnownHostsFile: "/dev/null",
    IdentitiesOnly: "yes",
    StrictHostKeyChecking: "yes",
    UserKnownHostsFile: files.knownHosts,
  };
  const pairs = Object.entries(options).flatMap(([key, value]) => ["-o", `${key}=${value}`]);
  return ["-F", "/dev/null", "-i", files.keyFile, ...pairs];
}

/** Waits until an ssh server sends its banner on port 22. */
export async function reachable(address: string, log: string): Promise<void> {
  for (let attempt = 0; attempt < timeout; attempt += 1) {
    if ((await banner(address)).startsWith("SSH-2.0-")) return;
    await delay(100);
  }
  throw new UserError(
    [
      `the host at ${address} does not answer by ssh within ${timeout / 10} s`,
      ...logTail(log).map((line) => `  ${line}`),
    ].join("\n"),
  );
}

/** The server's first bytes; empty if none answers. */
function banner(address: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port: 22, timeout: 1000 });
    const end = (text: string): void => {
      socket.destroy();
      resolve(text);
    };
    socket.on("data", (chunk) => {
      end(chunk.toString("utf8"));
    });
    for (const event of ["error", "timeout", "close"]) {
      socket.on(event, () => {
        end("");
      });
    }
  });
}
