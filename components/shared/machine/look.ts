import { factsCommand, parseFacts, type GatheredFacts, type FactsByHost } from "./facts";
import { FactsError } from "./lines";
import type { Machine } from "./machine";
import { bounded } from "../system/bounded";
import { privateKeyProblem, run, SshFailure } from "../ssh";

/** Timeouts for gathering a machine's facts, in seconds. */
export const normal = { connectSeconds: 5, timeoutSeconds: 40 };

/** Number of machines that are queried in parallel: each needs a connection and a process on both sides. */
const atOnce = 16;

/** Gathers the facts of machines in parallel; for an unreachable one, the reason. */
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

/** Login of a machine. */
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
    // Its partial output is of no use.
    if (error.kind === "timeout") return { unreachable: error.message.split("\n")[0] ?? "" };
    return { unreachable: error.message };
  }
}
