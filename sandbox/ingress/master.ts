import { createConnection } from "node:net";

/** HAProxy's master socket: commands to the master, and through it to its current worker. */
export class MasterSocket {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** Asks the current worker. */
  worker(command: string): Promise<string> {
    return this.#ask(`@1 ${command}`);
  }

  /** How many reloads in a row have failed. */
  async failedReloads(): Promise<number> {
    const answer = await this.#ask("show proc");
    return Number(/\[failed: (\d+)\]/.exec(answer)?.[1] ?? 0);
  }

  /** Starts a new worker with the configuration on disk. The master closes the connection before it is done. */
  async reload(): Promise<void> {
    await this.#ask("reload");
  }

  /** One connection for each command: the answer ends where the connection does. */
  #ask(command: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = createConnection(this.#path);
      let answer = "";
      socket.setEncoding("utf8");
      socket.setTimeout(answerWithin, () => {
        socket.destroy(new Error(`HAProxy did not answer ${JSON.stringify(command)}`));
      });
      socket.on("connect", () => socket.end(`${command}\n`));
      socket.on("data", (text: string) => (answer += text));
      socket.on("error", reject);
      socket.on("end", () => {
        resolve(answer.trim());
      });
    });
  }
}

/** Milliseconds. */
const answerWithin = 5_000;
