import { readFile, rename, writeFile } from "node:fs/promises";
import { execa } from "execa";
import { z } from "zod";
import type { HostPort } from "./haproxy";
import type { NodePort } from "./model";

/** One line of `nodeports.json`: where on the host's 127.0.0.1 a node port is found. */
export const NodePortEntry = z.strictObject({
  /** `namespace/name` of the Service. */
  service: z.string(),
  port: z.int(),
  nodePort: z.int(),
  /** Another one than `nodePort` where that was taken on the host. */
  hostPort: z.int(),
});
export type NodePortEntry = z.infer<typeof NodePortEntry>;

/** Reads `nodeports.json`; nothing is shown where there is none. */
export async function readNodePorts(path: string): Promise<NodePortEntry[]> {
  const text = await readFile(path, "utf8").catch(() => "[]");
  return z.array(NodePortEntry).parse(JSON.parse(text));
}

/**
 * Chooses a port of the host for each node port. One that is shown already stays where it is; the others get their own
 * number, or the next that nobody listens on and that is nobody's node port.
 */
export function chooseHostPorts(
  nodePorts: readonly NodePort[],
  shown: readonly NodePortEntry[],
  taken: ReadonlySet<number>,
): HostPort[] {
  const kept = new Map(
    nodePorts.map((wanted) => [
      wanted.name,
      shown.find((entry) => isSame(entry, wanted))?.hostPort,
    ]),
  );
  const reserved = new Set([...nodePorts.map(({ nodePort }) => nodePort), ...kept.values()]);
  const used = new Set<number>();
  return nodePorts.map((wanted) => {
    let hostPort = kept.get(wanted.name) ?? wanted.nodePort;
    if (kept.get(wanted.name) === undefined && taken.has(hostPort)) {
      while (taken.has(hostPort) || reserved.has(hostPort) || used.has(hostPort)) hostPort += 1;
    }
    used.add(hostPort);
    return { ...wanted, hostPort };
  });
}

/** Ports that somebody listens on at 127.0.0.1 or at all addresses, from the text of /proc/net/tcp and /proc/net/tcp6. */
export function listeningPorts(text: string): Set<number> {
  const listen = /^\s*\d+: ([0-9A-F]+):([0-9A-F]{4}) [0-9A-F]+:[0-9A-F]{4} 0A /gm;
  const ports = new Set<number>();
  for (const [, address = "", port = ""] of text.matchAll(listen)) {
    if (/^(0+|0100007F|0{16}FFFF00000100007F)$/.test(address)) ports.add(Number.parseInt(port, 16));
  }
  return ports;
}

/** Which node port is found where, kept in a file for whoever wants to show it. */
export class HostPorts {
  readonly #path: string;
  readonly #readSockets: readonly string[];

  /** `inside` and `namespace` as for HAProxy: its way of getting at the host's loopback. */
  constructor(path: string, inside: readonly string[], namespace: string | undefined) {
    this.#path = path;
    this.#readSockets = [
      ...inside,
      ...(namespace === undefined ? [] : ["nsenter", `--net=/var/run/netns/${namespace}`]),
      ...["cat", "/proc/net/tcp", "/proc/net/tcp6"],
    ];
  }

  async choose(nodePorts: readonly NodePort[]): Promise<HostPort[]> {
    const shown = await readNodePorts(this.#path);
    const isNew = nodePorts.some((wanted) => !shown.some((entry) => isSame(entry, wanted)));
    return chooseHostPorts(nodePorts, shown, isNew ? await this.#taken() : new Set());
  }

  /** To be called once HAProxy listens there. */
  async save(ports: readonly HostPort[]): Promise<void> {
    const entries = ports.map(({ service, port, nodePort, hostPort }) => ({
      ...{ service, port, nodePort, hostPort },
    }));
    const text = `${JSON.stringify(entries, undefined, 2)}\n`;
    await writeFile(`${this.#path}.new`, text);
    await rename(`${this.#path}.new`, this.#path);
  }

  async #taken(): Promise<Set<number>> {
    const [program = "cat", ...args] = this.#readSockets;
    // A kernel without IPv6 has no tcp6.
    const { stdout } = await execa(program, args, { reject: false });
    return listeningPorts(stdout);
  }
}

const isSame = (entry: NodePortEntry, wanted: NodePort): boolean =>
  entry.service === wanted.service &&
  entry.port === wanted.port &&
  entry.nodePort === wanted.nodePort;
