import { Agent, request, type IncomingMessage } from "node:http";

/** The requests to send, and how many. */
export interface LoadOptions {
  /** URL to connect to. */
  url: string;
  headers?: Record<string, string>;
  method?: string;
  body?: string;
  /** Concurrent requests on kept connections; 4 by default. */
  keepAlive?: number;
  /** Concurrent requests that each open their own connection; 4 by default. */
  newConnections?: number;
  /** Ends after this many requests … */
  maxRequests?: number;
  /** … or this many seconds, whatever comes first; 60 by default. */
  maxSeconds?: number;
  /** Milliseconds that each of them pauses between two requests; none by default. */
  pause?: number;
  /** Milliseconds after which a request without an answer counts as an error; 30 000 by default. */
  timeout?: number;
  /** Response header whose values are counted. */
  versionHeader?: string;
}

/** Result of a load. */
export interface LoadReport {
  requests: number;
  /** Requests by status of the answer. */
  statuses: Record<string, number>;
  /** Requests without a complete answer, by error code. */
  errors: Record<string, number>;
  /** Good answers by value of `versionHeader`. */
  versions: Record<string, number>;
  /** Requests that got no answer from 200 to 399. */
  failures: number;
  /** Descriptions of the first failures. */
  examples: string[];
  /** Longest time between two good answers, in milliseconds. */
  longestGap: number;
  /** Longest time to a good answer, in milliseconds. */
  slowest: number;
  seconds: number;
}

/** A running load. */
export interface Load {
  /** Numbers so far. */
  readonly report: LoadReport;
  /** Waits until this many more requests have been answered. */
  answered(more: number): Promise<void>;
  /** Lets the requests under way finish, and reports. */
  stop(): Promise<LoadReport>;
  /** Reports when the limits are reached, or after `stop`. */
  readonly finished: Promise<LoadReport>;
}

/** Sends requests over kept and over new connections, without retries: every failure counts. */
export function startLoad(options: LoadOptions): Load {
  return new LoadRun(options);
}

class LoadRun implements Load {
  readonly report: LoadReport = {
    requests: 0,
    statuses: {},
    errors: {},
    versions: {},
    failures: 0,
    examples: [],
    longestGap: 0,
    slowest: 0,
    seconds: 0,
  };
  readonly finished: Promise<LoadReport>;
  readonly #options: LoadOptions;
  readonly #kept: Agent;
  readonly #started = performance.now();
  readonly #waiting = new Set<() => void>();
  #lastGood = performance.now();
  #sent = 0;
  #stopped = false;

  constructor(options: LoadOptions) {
    this.#options = options;
    const { keepAlive = 4, newConnections = 4 } = options;
    this.#kept = new Agent({ keepAlive: true, maxSockets: Math.max(keepAlive, 1) });
    this.finished = Promise.all([
      ...Array.from({ length: keepAlive }, () => this.#client(this.#kept)),
      ...Array.from({ length: newConnections }, () => this.#client(false)),
    ]).then(() => this.#finish());
  }

  stop(): Promise<LoadReport> {
    this.#stopped = true;
    return this.finished;
  }

  async answered(more: number): Promise<void> {
    const goal = this.report.requests + more;
    while (this.report.requests < goal && !this.#isOver()) {
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  async #client(agent: Agent | false): Promise<void> {
    while (!this.#isOver()) {
      this.#sent += 1;
      await this.#send(agent);
      for (const wake of this.#waiting) wake();
      this.#waiting.clear();
      const { pause } = this.#options;
      if (pause !== undefined) await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }

  async #send(agent: Agent | false): Promise<void> {
    const begun = performance.now();
    try {
      const response = await exchange(this.#options, agent);
      this.#count(response, performance.now() - begun);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? "unknown";
      this.#fail(this.report.errors, code, error instanceof Error ? error.message : String(error));
    }
    this.report.requests += 1;
  }

  #count({ status, headers, text }: Answer, took: number): void {
    const { report } = this;
    if (status < 200 || status >= 400) {
      this.#fail(report.statuses, `${status}`, `${status} ${text.trim().slice(0, 200)}`);
      return;
    }
    increment(report.statuses, `${status}`);
    const version = headers[this.#options.versionHeader ?? ""];
    if (typeof version === "string") increment(report.versions, version);
    const now = performance.now();
    report.longestGap = Math.max(report.longestGap, now - this.#lastGood);
    report.slowest = Math.max(report.slowest, took);
    this.#lastGood = now;
  }

  #fail(counts: Record<string, number>, key: string, text: string): void {
    increment(counts, key);
    this.report.failures += 1;
    const after = Math.round(performance.now() - this.#started);
    if (this.report.examples.length < 5) this.report.examples.push(`after ${after} ms: ${text}`);
  }

  #isOver(): boolean {
    const { maxRequests = Infinity, maxSeconds = 60 } = this.#options;
    const seconds = (performance.now() - this.#started) / 1000;
    return this.#stopped || this.#sent >= maxRequests || seconds >= maxSeconds;
  }

  #finish(): LoadReport {
    this.#kept.destroy();
    for (const wake of this.#waiting) wake();
    this.report.seconds = (performance.now() - this.#started) / 1000;
    return this.report;
  }
}

interface Answer {
  status: number;
  headers: IncomingMessage["headers"];
  text: string;
}

/** One request and the whole of its answer. */
function exchange(
  { url, headers, method, body, timeout = 30_000 }: LoadOptions,
  agent: Agent | false,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { agent, headers, method, timeout }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
      });
    });
    outgoing.on("error", reject);
    outgoing.on("timeout", () => outgoing.destroy(new Error("no answer in time")));
    outgoing.end(body);
  });
}

function increment(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}
