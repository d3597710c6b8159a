import { setTimeout as sleep } from "node:timers/promises";
import { formatProblems, type Problem } from "../../components/shared/problem";
import { Refusal, type Api } from "./api";
import type { KubeconfigCluster, Endpoint } from "../../components/cluster/kubeconfig";

/** In milliseconds: how long an API server may take to answer, and how long its address may take to move to another machine. */
const usual = { answer: 5_000, move: 4_000 };

/**
 * Asks a cluster's API server for its version, before the first resource: an unreachable cluster is then reported in one
 * sentence, not by every resource. Returns what is wrong, or undefined; if a proxy is configured, that is left to the plugin.
 */
export async function reachProblem(
  file: string,
  cluster: KubeconfigCluster,
  api: Api,
  timeout = usual,
): Promise<string | undefined> {
  const { endpoint, kubeconfig, context } = cluster;
  if (endpoint.proxied) return undefined;
  const until = Date.now() + timeout.move;
  let seen = await ask(api, endpoint, timeout.answer);
  while (seen?.mayPass === true && Date.now() < until) {
    await sleep(250);
    seen = await ask(api, endpoint, timeout.answer);
  }
  if (seen === undefined) return undefined;
  const problem: Problem = {
    file,
    path: "slipway:cluster",
    given: `${endpoint.server}, context ${context} of ${kubeconfig}`,
    allowed: `an API server that answers from here; asked for /version, this one ${seen.did}`,
    fix: `start it, or fix the connection to it; by hand: kubectl --kubeconfig ${kubeconfig} --context ${context} version`,
  };
  return formatProblems("The cluster cannot be reached, nothing was changed", [problem]);
}

/** What the server did other than answer, and whether that may be over in a moment. */
interface Seen {
  did: string;
  mayPass: boolean;
}

/** Errors of an address that is just being moved, or of a load balancer whose server is. */
const passing = {
  codes: ["ECONNREFUSED", "ECONNRESET", "EPIPE", "EHOSTUNREACH", "ENETUNREACH", "EAI_AGAIN"],
  statuses: [502, 503, 504],
};

async function ask(api: Api, endpoint: Endpoint, timeout: number): Promise<Seen | undefined> {
  try {
    await api.text("/version", {}, { timeout });
    return undefined;
  } catch (error) {
    if (error instanceof Refusal) return verdict(error.status, endpoint);
    const { name, code = "", message } = error as NodeJS.ErrnoException;
    if (name === "AbortError") return seen(`did not answer for ${timeout / 1000} s`);
    // Invalid certificates are noticed before anything is sent.
    const how = code.startsWith("ERR_OSSL") ? "could not be queried:" : "failed with";
    return seen(`${how} ${code || message}`, passing.codes.includes(code));
  }
}

const seen = (did: string, mayPass = false): Seen => ({ did, mayPass });

/** A server that refuses has answered; only an unknown user is an error of the kubeconfig. */
function verdict(status: number, { cert, token }: Endpoint): Seen | undefined {
  if (status === 401 && (cert ?? token) !== undefined)
    return seen("does not know the context's user (401)");
  return status < 500 ? undefined : seen(`answered ${status}`, passing.statuses.includes(status));
}
