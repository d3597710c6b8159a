import { request } from "node:https";
import { formatProblems, type Problem } from "../../components/shared/problem";
import type { Cluster, Endpoint } from "./cluster";

/** How long an API server may take to answer. */
const patience = 5_000;

/**
 * Asks a cluster's API server once for its version, before the first resource: a cluster that is out of reach is told in
 * one sentence and not by every resource. Returns what is wrong, or undefined.
 */
export async function reachProblem(file: string, cluster: Cluster): Promise<string | undefined> {
  const { endpoint, kubeconfig } = cluster;
  if (endpoint.proxied) return undefined;
  const seen = await ask(endpoint);
  if (seen === undefined) return undefined;
  const problem: Problem = {
    file,
    path: "slipway:cluster",
    given: `${endpoint.server} (context ${cluster.context} of ${kubeconfig})`,
    allowed: "an API server that answers from here",
    mend: `it was asked for /version and ${seen}; see that it runs and that this machine may reach it: kubectl --kubeconfig ${kubeconfig} version`,
  };
  return formatProblems("The cluster cannot be reached", [problem]);
}

/** What went wrong when the server was asked, or undefined. Without credentials of our own, being refused is an answer. */
function ask({ server, ca, serverName, credentials }: Endpoint): Promise<string | undefined> {
  return new Promise((done) => {
    const token =
      credentials !== undefined && "token" in credentials ? credentials.token : undefined;
    const certificate = credentials !== undefined && "cert" in credentials ? credentials : {};
    const call = request(`${server.replace(/\/$/, "")}/version`, {
      ...certificate,
      ca,
      servername: serverName,
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      agent: false,
      signal: AbortSignal.timeout(patience),
    });
    call.on("response", (response) => {
      response.resume();
      const status = response.statusCode ?? 0;
      const refused = status === 401 || status === 403;
      const fine = status < 400 || (refused && credentials === undefined);
      done(
        fine
          ? undefined
          : `it answered ${status}${refused ? ": it does not know the user of the context" : ""}`,
      );
    });
    call.on("error", (error: NodeJS.ErrnoException) => {
      done(
        error.name === "AbortError" || error.name === "TimeoutError"
          ? `did not answer within ${patience / 1000} s`
          : (error.code ?? error.message),
      );
    });
    call.end();
  });
}
