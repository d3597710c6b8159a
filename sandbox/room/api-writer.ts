import { Agent, request } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { parse } from "yaml";

interface Kubeconfig {
  clusters: { cluster: { server: string; "certificate-authority-data": string } }[];
  users: { user: { "client-certificate-data": string; "client-key-data": string } }[];
}

/** Time limit of one attempt, in milliseconds: a client that notices a dead connection soon. */
const normalTimeout = 500;
/** Time between two writes, in milliseconds. */
const pace = 20;

/** A client that writes one ConfigMap after the other through an API's one address, and remembers the acknowledged ones. */
export class ApiWriter {
  /** Names of those that the API has acknowledged. */
  readonly acknowledged: string[] = [];
  /** Longest time between two acknowledgements, in seconds. */
  longestGap = 0;
  /** Attempts that ended in an error or without an answer. */
  failures = 0;
  /** Those of them that were refused or cut off; the others exceeded the time limit, as on a busy machine. */
  broken = 0;
  private readonly login: { ca: Buffer; cert: Buffer; key: Buffer };
  private readonly server: string;
  private agent = new Agent({ keepAlive: true, maxSockets: 1 });
  private readonly ending = new AbortController();
  private running: Promise<void> | undefined;

  constructor(
    kubeconfig: string,
    private readonly prefix: string,
  ) {
    const { clusters, users } = parse(kubeconfig) as Kubeconfig;
    const [cluster, user] = [clusters[0]?.cluster, users[0]?.user];
    if (cluster === undefined || user === undefined) throw new Error("no kubeconfig");
    const bytes = (text: string): Buffer => Buffer.from(text, "base64");
    this.server = cluster.server;
    this.login = {
      ca: bytes(cluster["certificate-authority-data"]),
      cert: bytes(user["client-certificate-data"]),
      key: bytes(user["client-key-data"]),
    };
  }

  start(): void {
    this.running = this.write();
  }

  async stop(): Promise<void> {
    this.ending.abort();
    await this.running;
    this.agent.destroy();
  }

  /** Acknowledged ConfigMaps that the API does not have. */
  async lost(): Promise<string[]> {
    const { body } = await this.ask("GET", undefined, 10_000);
    const { items } = JSON.parse(body) as { items: { metadata: { name: string } }[] };
    const there = new Set(items.map(({ metadata }) => metadata.name));
    return this.acknowledged.filter((name) => !there.has(name));
  }

  private async write(): Promise<void> {
    let last = Date.now();
    const ended = (): boolean => this.ending.signal.aborted;
    for (let number = 0; !ended(); number++) {
      const name = `${this.prefix}-${number}`;
      for (let done = false; !done && !ended();) {
        try {
          const { status } = await this.ask("POST", { metadata: { name } });
          // It exists already if it was written but its answer was lost.
          done = status === 201 || status === 409;
          if (!done) this.broken += 1;
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== "ABORT_ERR") this.broken += 1;
          this.agent.destroy();
          this.agent = new Agent({ keepAlive: true, maxSockets: 1 });
        }
        if (!done) this.failures += 1;
      }
      if (ended()) return;
      this.acknowledged.push(name);
      this.longestGap = Math.max(this.longestGap, (Date.now() - last) / 1000);
      last = Date.now();
      await sleep(pace);
    }
  }

  private ask(
    method: "GET" | "POST",
    object?: object,
    timeout = normalTimeout,
  ): Promise<{ status: number; body: string }> {
    const url = `${this.server}/api/v1/namespaces/default/configmaps`;
    const headers = { "content-type": "application/json" };
    const signal = AbortSignal.timeout(timeout);
    return new Promise((resolve, reject) => {
      const asked = request(url, { ...this.login, agent: this.agent, method, headers, signal });
      asked.on("error", reject);
      asked.on("response", (response) => {
        let body = "";
        response.setEncoding("utf8");
        response.on("data", (text: string) => (body += text));
        response.on("error", reject);
        response.on("end", () => {
          resolve({ status: response.statusCode ?? 0, body });
        });
      });
      asked.end(object === undefined ? undefined : JSON.stringify(object));
    });
  }
}
