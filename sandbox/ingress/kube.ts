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

/** The few requests a controller makes, with a body that can be read as it comes. */
export class KubeClient {
  readonly #agent: Agent;
  readonly #url: string;

  constructor({ url, ca, cert, key }: ApiAccess) {
    const [authority, certificate, secret] = [ca, cert, key].map((path) => readFileSync(path));
    this.#agent = new Agent({ ca: authority, cert: certificate, key: secret, keepAlive: true });
    this.#url = url;
  }

  /** The whole answer, as JSON. */
  async ask(wanted: ApiRequest): Promise<unknown> {
    return JSON.parse(await textOf(await this.open(wanted)));
  }

  /** The answer as a stream; throws unless the API server agrees. */
  async open({ method = "GET", path, body, silence = 10, signal }: ApiRequest) {
    const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
    const headers = body && { "content-type": type };
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
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
