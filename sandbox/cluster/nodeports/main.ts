import { spawn } from "node:child_process";
import { connect, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { ApiClient, type ApiAccess } from "../api";
import { network } from "../network";
import { hostNamespace } from "../units/gateway";

const Services = z.object({
  items: z.array(
    z.object({
      spec: z.object({
        ports: z.array(z.object({ nodePort: z.int().optional(), protocol: z.string() })),
      }),
    }),
  ),
});
const query = "/api/v1/services?fieldSelector=spec.type%3DNodePort&resourceVersion=0";

/** Milliseconds between two reads of the cluster. */
const pace = 1_000;

/** Opens NodePorts on the host while they exist: `main.ts <access to the API server, JSON>`. */
async function main(access: ApiAccess): Promise<void> {
  const api = new ApiClient(access);
  const doors = new Doors();
  for (;;) {
    try {
      doors.show(await nodePorts(api));
    } catch (error) {
      // Open ports stay open while the API server is away.
      log(error instanceof Error ? error.message : String(error));
    }
    await delay(pace);
  }
}

async function nodePorts(api: ApiClient): Promise<Set<number>> {
  const { items } = Services.parse(await api.get(query));
  const tcp = items.flatMap(({ spec }) => spec.ports).filter(({ protocol }) => protocol === "TCP");
  return new Set(tcp.flatMap(({ nodePort }) => nodePort ?? []));
}

/** Ports of the host that lead to the same port of the node. */
class Doors {
  /** `asked` until the host has answered; `taken` while another process has the port, and tried again and again. */
  readonly #open = new Map<number, Server | "asked" | "taken">();
  readonly #host = spawn(
    "nsenter",
    [`--net=/run/netns/${hostNamespace}`, process.execPath, join(__dirname, "listen.mjs")],
    { stdio: ["ignore", "inherit", "inherit", "ipc"] },
  );

  constructor() {
    this.#host.on("message", (answer, socket) => {
      this.#answered(answer as Answer, socket as Server | undefined);
    });
    // Both or neither: the supervisor restarts both.
    this.#host.once("exit", (code) => process.exit(code ?? 1));
  }

  /** Opens missing ports and closes those no longer wanted. */
  show(wanted: ReadonlySet<number>): void {
    for (const [port, door] of this.#open) {
      if (wanted.has(port) || door === "asked") continue;
      if (door !== "taken") door.close();
      this.#open.delete(port);
      log(`${port} is closed`);
    }
    for (const port of wanted) {
      const door = this.#open.get(port);
      if (door !== undefined && door !== "taken") continue;
      if (door === undefined) this.#open.set(port, "asked");
      this.#host.send(port);
    }
  }

  #answered({ port, problem }: Answer, server: Server | undefined): void {
    if (server === undefined) {
      if (this.#open.get(port) === "asked") log(`${port} is not open: ${problem ?? "no answer"}`);
      this.#open.set(port, "taken");
      return;
    }
    server.on("connection", (client: Socket) => {
      passOn(client, port);
    });
    this.#open.set(port, server);
    log(`${port} is open`);
  }
}

interface Answer {
  port: number;
  /** Why it could not be opened: `EADDRINUSE`. */
  problem?: string;
}

function passOn(client: Socket, port: number): void {
  const node = connect({ host: network.node, port });
  for (const [side, other] of [
    [client, node],
    [node, client],
  ] as const) {
    side.on("error", () => other.destroy());
    side.pipe(other);
  }
}

const log = (line: string): void => {
  process.stdout.write(`${new Date().toISOString()} ${line}\n`);
};

void main(JSON.parse(process.argv[2] ?? "") as ApiAccess);
