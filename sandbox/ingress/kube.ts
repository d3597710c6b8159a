import { readFileSync } from "node:fs";
import { Agent, request } from "node:https";
import type { IncomingMessage } from "node:http";
import type { ApiAccess } from "../cluster/api";

/** The API server refused a request. */
export class ApiRefusal extends Error {
  public override readonly name = "ApiRefusal";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** One request. */
export interface ApiRequest {
  method?: "GET" | "POST" | "PATCH";
  path: string;
  body?: object;
  /** Seconds without a byte after which the other side is taken for dead. */
  silence?: number;
  signal?: AbortSignal;
}

/** What the controller needs of an API server. */
export type ApiClient = Pick<KubeClient, "ask" | "open" | "close">;

/** A pod's way to its API server: by the token of its account, which kubelet renews in that file. */
export interface PodAccess {
  url: string;
  /** Paths of files. */
  ca: string;
  token: string;
}

/** The few requests a controller makes, with a body that can be read as it comes. */
export class KubeClient {
  readonly #agent: Agent;
  readonly #url: string;
  readonly #token: string | undefined;

  constructor(access: ApiAccess | PodAccess) {
    const read = (path: string): Buffer => readFileSync(path);
    const certificate = "token" in access ? {} : { cert: read(access.cert), key: read(access.key) };
    this.#agent = new Agent({ ca: read(access.ca), ...certificate, keepAlive: true });
    this.#url = access.url;
    this.#token = "token" in access ? access.token : undefined;
  }

  /** The whole answer, as JSON. */
  async ask(wanted: ApiRequest): Promise<unknown> {
    return JSON.parse(await textOf(await this.open(wanted)));
  }

  /** The answer as a stream; throws unless the API server agrees. */
  async open({ method = "GET", path, body, silence = 10, signal }: ApiRequest) {
    const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
    const headers = { ...(body && { "content-type": type }), ...this.#authorization() };
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const options = { method, headers, agent: this.#agent, timeout: silence * 1000, signal };
      const outgoing = request(`${this.#url}${path}`, options, resolve);
      outgoing.on("error", reject);
      outgoing.on("timeout", () => outgoing.destroy(new Error(`${method} ${path}: no answer`)));
      outgoing.end(body && JSON.stringify(body));
    });
    const status = response.statusCode ?? 0;
    if (status >= 200 && status < 300) return response;
    throw new ApiRefusal(status, `${method} ${path}: ${status} ${await textOf(response)}`);
  }

  close(): void {
    this.#agent.destroy();
  }

  #authorization(): Record<string, string> {
    if (this.#token === undefined) return {};
    return { authorization: `Bearer ${readFileSync(this.#token, "utf8").trim()}` };
  }
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
