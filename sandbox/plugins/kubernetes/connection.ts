import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent, type RequestOptions } from "node:https";
import { readFileSync } from "node:fs";
import type { ClusterEntry, Context, UserEntry } from "./kubeconfig";

/** What a request needs to get through: an agent with the TLS identity, and headers. */
export interface Access {
  readonly agent: HttpAgent;
  /** For responses that stay open: they must not use up the connections of the others. */
  readonly streamAgent: HttpAgent;
  readonly headers: Readonly<Record<string, string>>;
}

/** An API server and the way in. */
export interface Connection {
  readonly server: URL;
  /** Name of the kubeconfig's context, for messages. */
  readonly context: string;
  /** Credentials for one request; fetched anew when they expire. */
  access(): Promise<Access>;
}

/** Open connections at once; the engine asks for many objects at a time. */
const maxSockets = 64;

/**
 * Connects by certificate, token or password. Kubernetes' own client library does the rest, credential helpers
 * (`exec`), `auth-provider` and proxies, and is loaded only then: loading it takes half a second.
 */
export function connect({ name, cluster, user }: Context): Connection {
  const access =
    "exec" in user || "auth-provider" in user || "proxy-url" in cluster
      ? libraryAccess(cluster, user)
      : directAccess(cluster, user);
  return { server: new URL(cluster.server), context: name, access };
}

function directAccess(cluster: ClusterEntry, user: UserEntry): () => Promise<Access> {
  const tls = {
    ca: material(cluster["certificate-authority-data"], cluster["certificate-authority"]),
    cert: material(user["client-certificate-data"], user["client-certificate"]),
    key: material(user["client-key-data"], user["client-key"]),
    rejectUnauthorized: cluster["insecure-skip-tls-verify"] !== true,
    servername: cluster["tls-server-name"],
  };
  const plain = cluster.server.startsWith("http:");
  const agent = plain
    ? new HttpAgent({ keepAlive: true, maxSockets })
    : new HttpsAgent({ keepAlive: true, maxSockets, ...tls });
  const streamAgent = plain ? new HttpAgent() : new HttpsAgent(tls);
  return () => Promise.resolve({ agent, streamAgent, headers: authorization(user) });
}

/** Token files are read each time: whoever writes them replaces them before they expire. */
function authorization(user: UserEntry): Record<string, string> {
  const token =
    user.tokenFile === undefined ? user.token : readFileSync(user.tokenFile, "utf8").trim();
  if (token !== undefined) return { Authorization: `Bearer ${token}` };
  if (user.username === undefined) return {};
  const basic = Buffer.from(`${user.username}:${user.password ?? ""}`).toString("base64");
  return { Authorization: `Basic ${basic}` };
}

function libraryAccess(cluster: ClusterEntry, user: UserEntry): () => Promise<Access> {
  let ready: Promise<() => Promise<Access>> | undefined;
  return async () => (await (ready ??= library(cluster, user)))();
}

async function library(cluster: ClusterEntry, user: UserEntry): Promise<() => Promise<Access>> {
  const { KubeConfig } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  const kubeconfig = {
    "current-context": "c",
    clusters: [{ name: "c", cluster }],
    users: [{ name: "c", user }],
    contexts: [{ name: "c", context: { cluster: "c", user: "c" } }],
  };
  config.loadFromString(JSON.stringify(kubeconfig));
  let identity: string | undefined;
  let agent: HttpAgent | undefined;
  return async () => {
    const options: RequestOptions & { headers?: Record<string, string> } = {};
    await config.applyToHTTPSOptions(options);
    // The library makes an agent each time; keeping the first keeps its connections, until a new certificate comes.
    const current = JSON.stringify([options.cert, options.key]);
    if (agent === undefined || current !== identity) {
      identity = current;
      agent = options.agent as HttpAgent;
    }
    return { agent, streamAgent: agent, headers: options.headers ?? {} };
  };
}

/** Key material: base64 in the kubeconfig itself, else a file. */
function material(data: string | undefined, path: string | undefined): Buffer | undefined {
  if (data !== undefined && data !== "") return Buffer.from(data, "base64");
  return path === undefined ? undefined : readFileSync(path);
}
