import { kubeconfigBody } from "../../components/cluster/membership";
import {
  factsCommand,
  parseFacts,
  type Found,
  type FoundHosts,
} from "../../components/shared/machine/facts";
import { FactsError } from "../../components/shared/machine/lines";
import type { Machine } from "../../components/shared/machine/machine";
import { UserError } from "../../components/shared/problem";
import { privateKeyProblem, run, SshFailure } from "../../components/shared/ssh";
import type { Room } from "./room";

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

/**
 * The kubeconfig of an administrator of a cluster that stands already, of which nothing is kept; undefined where none does.
 * Throws a `UserError` where it cannot be had.
 */
export async function kubeconfigOf(
  { spec, plan }: Pick<Room, "spec" | "plan">,
  keys: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  const { speaker, stands } = plan;
  if (speaker === undefined || !stands) return undefined;
  const login = loginTo(speaker, keys[speaker.ssh.key] ?? "", normal);
  const { code, stdout, stderr } = await run(login, `sudo -n ${kubeconfigBody(spec)}`);
  if (code === 0) return stdout;
  throw new UserError(`${speaker.name} does not show its kubeconfig: ${stderr.trim()}`);
}

const loginTo = (
  { address, ssh, hostKey }: Machine,
  privateKey: string,
  patience: typeof normal,
) => ({ host: address, port: ssh.port, user: ssh.user, privateKey, hostKey, ...patience });

async function look(machine: Machine, privateKey: string, patience: typeof normal): Promise<Found> {
  const why = privateKeyProblem(privateKey);
  if (why !== undefined) return { unreachable: why, badKey: true };
  const asked = new Date();
  try {
    const { stdout, stderr } = await run(loginTo(machine, privateKey, patience), factsCommand());
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
