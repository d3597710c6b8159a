import { factsCommand, parseFacts, type GatheredFacts, type FactsByHost } from "./facts";
import { FactsError } from "./lines";
import type { Machine } from "./machine";
import { bounded } from "../system/bounded";
import { privateKeyProblem, run, SshFailure } from "../ssh";

/** How long a machine may take to tell about itself, in seconds. */
export const normal = { connectSeconds: 5, timeoutSeconds: 40 };

/** Machines that are asked side by side: a connection and a program each, on this side and on theirs. */
const atOnce = 16;

/** Asks machines side by side what they are; of one that cannot be asked what went wrong. */
export async function lookAtHosts(
  hosts: readonly Machine[],
  keys: Readonly<Record<string, string>>,
  timeout = normal,
): Promise<FactsByHost> {
  const gathered = await bounded(
    hosts,
    atOnce,
    async (host) => [host.name, await look(host, keys[host.ssh.key] ?? "", timeout)] as const,
  );
  return new Map(gathered);
}

/** How a machine is logged in to. */
export const loginTo = (
  { address, ssh, hostKey }: Machine,
  privateKey: string,
  timeout: typeof normal,
) => ({ host: address, port: ssh.port, user: ssh.user, privateKey, hostKey, ...timeout });

async function look(
  machine: Machine,
  privateKey: string,
  timeout: typeof normal,
): Promise<GatheredFacts> {
  const why = privateKeyProblem(privateKey);
  if (why !== undefined) return { unreachable: why, badKey: true };
  const asked = new Date();
  try {
    const { stdout, stderr } = await run(loginTo(machine, privateKey, timeout), factsCommand());
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
    // What it had said by then is of use to nobody.
    if (error.kind === "timeout") return { unreachable: error.message.split("\n")[0] ?? "" };
    return { unreachable: error.message };
  }
}
