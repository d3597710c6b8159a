import { formatProblems, type Problem } from "../../components/shared/problem";
import { Refusal, type Api } from "../rollout/api";
import type { Cluster, Endpoint } from "./cluster";

/** How long an API server may take to answer, in milliseconds. */
const patience = 5_000;

/**
 * Asks a cluster's API server once for its version, before the first resource: so a cluster out of reach is told in one
 * sentence, and not by every resource. Returns what is wrong, or undefined; where a proxy leads there, that is the plugin's.
 */
export async function reachProblem(
  file: string,
  cluster: Cluster,
  api: Api,
): Promise<string | undefined> {
  const { endpoint, kubeconfig, context } = cluster;
  const seen = endpoint.proxied ? undefined : await ask(api, endpoint);
  if (seen === undefined) return undefined;
  const problem: Problem = {
    file,
    path: "slipway:cluster",
    given: `${endpoint.server}, context ${context} of ${kubeconfig}`,
    allowed: `an API server that answers from here; asked for /version, this one ${seen}`,
    mend: `start it, or mend the way to it; by hand: kubectl --kubeconfig ${kubeconfig} --context ${context} version`,
  };
  return formatProblems("The cluster cannot be reached, nothing was changed", [problem]);
}

/** What the server did other than answer, or undefined. */
async function ask(api: Api, endpoint: Endpoint): Promise<string | undefined> {
  try {
    await api.text("/version", {}, { patience });
    return undefined;
  } catch (error) {
    if (error instanceof Refusal) return verdict(error.status, endpoint);
    const { name, code = "", message } = error as NodeJS.ErrnoException;
    if (name === "AbortError") return `said nothing for ${patience / 1000} s`;
    // Certificates that are none are found out before anything is sent.
    return `${code.startsWith("ERR_OSSL") ? "could not be asked:" : "failed with"} ${code || message}`;
  }
}

/** A server that refuses has answered; only when it does not know who we say we are is that our mistake. */
function verdict(status: number, { cert, token }: Endpoint): string | undefined {
  if (status === 401 && (cert ?? token) !== undefined)
    return "does not know the context's user (401)";
  return status < 500 ? undefined : `answered ${status}`;
}
