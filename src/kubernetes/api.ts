import type * as pulumi from "@pulumi/pulumi";
import type { OutgoingHttpHeaders } from "node:http";
import { Agent, request, type RequestOptions } from "node:https";
import { ownEndpoint, type Endpoint } from "../../components/cluster/kubeconfig";

/** How to reach an API server. */
export interface Way {
  endpoint: Endpoint;
  /** Kubeconfig and context, for a login by a helper program or a proxy. */
  kubeconfig?: { path: string; context: string };
}

/** The connection to a cluster that a kubeconfig names. */
export const wayBy = (cluster: {
  endpoint: Endpoint;
  kubeconfig: string;
  context: string;
}): Way => ({
  endpoint: cluster.endpoint,
  kubeconfig: { path: cluster.kubeconfig, context: cluster.context },
});

/** An answer with an unexpected status. */
export class Refusal extends Error {
  constructor(
    public readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** Whether the server knows us and denies access, or does not know us. */
export const isRefused = (error: unknown): boolean =>
  error instanceof Refusal && [401, 403].includes(error.status);

/** Options of a request. */
interface Asking {
  /** Media type. @default JSON */
  accept?: string;
  /** Time limit, in milliseconds. @default 10000 */
  timeout?: number;
}

/**
 * Reads from an API server, over kept connections. It handles certificates and tokens itself; Kubernetes' own client library
 * handles the other logins and is loaded only for those, because loading it takes half a second of each update.
 */
export class Api {
  private options: (() => Promise<RequestOptions>) | undefined;

  constructor(private readonly way: Way) {}

  get endpoint(): Endpoint {
    return this.way.endpoint;
  }

  /** The objects at a path. */
  async list<T>(path: string, query: Record<string, string> = {}, asking?: Asking): Promise<T[]> {
    const text = await this.text(path, query, asking);
    const { items } = JSON.parse(text) as { items?: T[] | null };
    return items ?? [];
  }

  /** The object at a path; `absent` if there is none, `hidden` if access is denied. */
  async object<T extends object>(path: string): Promise<T | "absent" | "hidden"> {
    try {
      return JSON.parse(await this.text(path)) as T;
    } catch (error) {
      if (error instanceof Refusal && error.status === 404) return "absent";
      if (isRefused(error)) return "hidden";
      throw error;
    }
  }

  /** The answer to a path; throws a `Refusal` or the connection's error. */
  async text(
    path: string,
    query: Record<string, string> = {},
    { accept = "application/json", timeout = 10_000 }: Asking = {},
  ): Promise<string> {
    this.options ??= await optionsFor(this.way);
    const options = await this.options();
    const { server } = this.way.endpoint;
    const url = `${server.replace(/\/$/, "")}${path}?${new URLSearchParams(query).toString()}`;
    return await new Promise((done, fail) => {
      const headers = { ...(options.headers as OutgoingHttpHeaders), accept };
      request(url, { ...options, headers, signal: AbortSignal.timeout(timeout) })
        .on("response", (response) => {
          const chunks: Buffer[] = [];
          response
            .on("data", (chunk: Buffer) => chunks.push(chunk))
            .on("error", fail)
            .on("end", () => {
              const text = Buffer.concat(chunks).toString("utf8");
              const { statusCode = 0 } = response;
              if (statusCode < 300) done(text);
              else fail(new Refusal(statusCode, `${path}: ${messageOf(text)} (${statusCode})`));
            });
        })
        .on("error", fail)
        .end();
    });
  }
}

async function optionsFor({ endpoint, kubeconfig }: Way): Promise<() => Promise<RequestOptions>> {
  const { ca, cert, key, token, serverName: servername, proxied } = endpoint;
  if (kubeconfig === undefined || (!proxied && (token !== undefined || key !== undefined))) {
    const agent = new Agent({ keepAlive: true, maxSockets: 4, ca, cert, key, servername });
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    return () => Promise.resolve({ agent, headers });
  }
  const { KubeConfig } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig.path, { onInvalidEntry: "filter" });
  config.setCurrentContext(kubeconfig.context);
  return async () => {
    const options: RequestOptions = {};
    await config.applyToHTTPSOptions(options);
    return options;
  };
}

/** The message of a refusing server: a Status, or the body from a proxy. */
function messageOf(text: string): string {
  try {
    return (JSON.parse(text) as { message?: string }).message ?? text;
  } catch {
    return text.slice(0, 200);
  }
}

/** The connection to a cluster that this stack creates, once it exists. */
export const apiOf = (kubeconfig: pulumi.Output<string>): Promise<Api> =>
  new Promise((done) => {
    kubeconfig.apply((text) => {
      done(new Api({ endpoint: ownEndpoint(text) }));
    });
  });
