import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import type { JsonObject } from "../rpc/values";
import { ApiError, ConnectionError, InterruptedError } from "./api-error";
import type { Connection } from "./connection";

/** One request to the API server. */
export interface ApiRequest {
  readonly method?: "GET" | "PATCH" | "DELETE";
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  /** Sent as JSON. */
  readonly body?: object;
  /** Media type of the body. */
  readonly type?: string;
  /** Is told the server's warnings, e.g. of a deprecated API. */
  readonly onWarning?: (text: string) => void;
}

/** How often a request is tried. */
interface Patience {
  /** Pauses between attempts at a request that the server could not take just now. */
  readonly pausesMs: readonly number[];
  /** How long each attempt may take. */
  readonly timeoutMs: number;
}

/** The server's own limit for a request is the same. */
const patient: Patience = { pausesMs: [200, 500, 1_000, 2_000, 4_000], timeoutMs: 60_000 };
/** For as long as an address takes to move to another machine, and a balancer to notice that a server is gone. */
const movingMs = [200, 500, 1_000, 2_000];
const networkFaults = new Set(["ECONNRESET", "EPIPE", "ETIMEDOUT", "ECONNREFUSED", "EHOSTUNREACH"]);

/** JSON over HTTPS with kept-alive connections, as the API server speaks it. */
export class Client {
  constructor(
    private readonly connection: Connection,
    /** Ends whatever is under way. */
    private readonly cancelled: AbortSignal,
  ) {}

  /** One request, tried again while the server is overloaded or restarting. Throws `ApiError`, `ConnectionError`. */
  public async send(request: ApiRequest): Promise<JsonObject> {
    const text = await this.attempt(request);
    return JSON.parse(text) as JsonObject;
  }

  /** Like `send` for what is not JSON: the log of a container. */
  public async text(request: ApiRequest): Promise<string> {
    return await this.attempt(request);
  }

  /** Does the server answer at all? Asked for as long as the address of a highly available one may take to move. */
  public async probe(timeoutMs: number): Promise<void> {
    await this.attempt({ path: "/version" }, { pausesMs: movingMs, timeoutMs });
  }

  /** Streams JSON lines until the server or `signal` ends it. */
  public async stream(
    request: ApiRequest,
    signal: AbortSignal,
    onLine: (line: JsonObject) => void,
  ): Promise<void> {
    const ended = AbortSignal.any([signal, this.cancelled]);
    const response = await this.open({ ...request, stream: true }, ended);
    let rest = "";
    for await (const chunk of response.setEncoding("utf8")) {
      const lines = (rest + (chunk as string)).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) onLine(JSON.parse(line) as JsonObject);
    }
  }

  private async attempt(request: ApiRequest, patience: Patience = patient): Promise<string> {
    const { pausesMs, timeoutMs } = patience;
    for (const pause of pausesMs) {
      try {
        return await this.once(request, AbortSignal.timeout(timeoutMs));
      } catch (error) {
        if (!worthRepeating(error)) throw error;
      }
      await pauseFor(pause, this.cancelled);
    }
    return await this.once(request, AbortSignal.timeout(timeoutMs));
  }

  private async once(request: ApiRequest, timeout: AbortSignal): Promise<string> {
    // A write that is under way is seen through: what it made has to be recorded.
    const reads = request.method === undefined || request.method === "GET";
    const signal = reads ? AbortSignal.any([timeout, this.cancelled]) : timeout;
    const response = await this.open(request, signal);
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString("utf8");
  }

  /** Sends a request and hands over the response once its status is good. */
  private async open(
    request: ApiRequest & { stream?: boolean },
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    const { server } = this.connection;
    const { agent, streamAgent, headers } = await this.connection.access();
    const url = new URL(server);
    url.pathname = `${server.pathname.replace(/\/$/, "")}${request.path}`;
    for (const [key, value] of Object.entries(request.query ?? {})) {
      if (value !== undefined) url.searchParams.set(key, value);
    }
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    const send = server.protocol === "http:" ? httpRequest : httpsRequest;
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const outgoing = send(
        url,
        {
          method: request.method ?? "GET",
          agent: request.stream === true ? streamAgent : agent,
          signal,
          headers: {
            ...headers,
            Accept: "application/json",
            ...(body !== undefined && {
              "Content-Type": request.type ?? "application/json",
              // Node sends the body of a DELETE without its length unless told, and the server takes it for a request.
              "Content-Length": Buffer.byteLength(body),
            }),
          },
        },
        resolve,
      );
      outgoing.once("error", (error) => {
        const interrupted = this.cancelled.aborted && error.name === "AbortError";
        reject(interrupted ? new InterruptedError() : new ConnectionError(this.connection, error));
      });
      outgoing.end(body);
    });
    for (const warning of warnings(response)) request.onWarning?.(warning);
    if ((response.statusCode ?? 0) < 300) return response;
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    throw new ApiError(response.statusCode ?? 0, Buffer.concat(chunks).toString("utf8"));
  }
}

/** Waits, unless the run is cancelled meanwhile. */
export async function pauseFor(milliseconds: number, cancelled: AbortSignal): Promise<void> {
  try {
    await sleep(milliseconds, undefined, { signal: cancelled });
  } catch {
    throw new InterruptedError();
  }
}

/** Every request here may be sent twice: reads, server-side applies, and deletions. */
function worthRepeating(error: unknown): boolean {
  if (error instanceof ApiError) return error.isPassing;
  return error instanceof ConnectionError && networkFaults.has(error.fault);
}

/** Texts of `Warning: 299 - "…"` headers (RFC 7234). */
function warnings(response: IncomingMessage): string[] {
  const header = response.headers["warning"];
  if (header === undefined) return [];
  const texts = header.matchAll(/\d{3} \S+ "((?:[^"\\]|\\.)*)"/g);
  return [...texts].map(([, text = ""]) => text.replace(/\\(.)/g, "$1"));
}
