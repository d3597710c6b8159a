import { request } from "node:https";
import { formatProblems, type Problem } from "../../components/shared/problem";
import type { Cluster, Endpoint } from "./cluster";

/** How long an API server may take to answer, in milliseconds. */
const patience = 5_000;

/**
 * Asks a cluster's API server once for its version, before the first resource: so a cluster out of reach is told in one
 * sentence, and not by every resource. Plain HTTPS, for a Kubernetes client would take longer to load than to ask. Returns
 * what is wrong, or undefined.
 */
export async function reachProblem(file: string, cluster: Cluster): Promise<string | undefined> {
  const { endpoint, kubeconfig, context } = cluster;
  const seen = endpoint.proxied ? undefined : await ask(endpoint);
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
function ask(endpoint: Endpoint): Promise<string | undefined> {
  const { server, ca, serverName: servername, cert, key, token } = endpoint;
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return new Promise((done) => {
    const signal = AbortSignal.timeout(patience);
    const options = { ca, cert, key, servername, headers, signal, agent: false };
    try {
      request(`${server.replace(/\/$/, "")}/version`, options)
        .on("response", (response) => {
          response.resume();
          done(verdict(response.statusCode ?? 0, endpoint));
        })
        .on("error", (error: NodeJS.ErrnoException) => {
          const late = signal.aborted;
          done(late ? `said nothing for ${patience / 1000} s` : `failed with ${reason(error)}`);
        })
        .end();
    } catch (error) {
      // Certificates that are none are found out before anything is sent.
      done(`could not be asked: ${reason(error)}`);
    }
  });
}

/** A server that refuses has answered; only when it does not know who we say we are is that our mistake. */
function verdict(status: number, { cert, token }: Endpoint): string | undefined {
  if (status === 401 && (cert ?? token) !== undefined)
    return "does not know the context's user (401)";
  return status < 500 ? undefined : `answered ${status}`;
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, message }: NodeJS.ErrnoException = error;
  return code ?? message;
}
