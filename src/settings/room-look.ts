import {
  factsCommand,
  parseFacts,
  type Found,
  type FoundHosts,
} from "../../components/shared/machine/facts";
import { FactsError } from "../../components/shared/machine/lines";
import type { Machine } from "../../components/shared/machine/machine";
import { run, SshFailure } from "../../components/shared/ssh";

/** How long a machine may take to tell about itself, in seconds. */
const normal = { connectSeconds: 5, timeoutSeconds: 40 };

/** Asks every machine at once what it is; one that cannot be asked is told of by what went wrong. */
export async function lookAtHosts(
  hosts: readonly Machine[],
  keys: Readonly<Record<string, string>>,
  patience = normal,
): Promise<FoundHosts> {
  const found = await Promise.all(
    hosts.map(
      async (host) => [host.name, await look(host, keys[host.ssh.key] ?? "", patience)] as const,
    ),
  );
  return new Map(found);
}

async function look(
  { address, ssh, hostKey }: Machine,
  privateKey: string,
  patience: typeof normal,
): Promise<Found> {
  const { user, port } = ssh;
  const asked = new Date();
  try {
    const { stdout, stderr } = await run(
      { host: address, port, user, privateKey, hostKey, ...patience },
      factsCommand(),
    );
    try {
      return parseFacts(stdout, asked, new Date());
    } catch (error) {
      if (!(error instanceof FactsError)) throw error;
      return {
        unreachable: `it lets us in, but says nothing of use: ${error.message} ${stderr}`.trim(),
      };
    }
  } catch (error) {
    if (!(error instanceof SshFailure)) throw error;
    // What it had told by then is of use to nobody.
    if (error.kind === "timeout") return { unreachable: error.message.split("\n")[0] ?? "" };
    return { unreachable: error.message };
  }
}
