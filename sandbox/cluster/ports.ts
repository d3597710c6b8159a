import { existsSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { z } from "zod";
import { UserError } from "../../components/shared/problem";
import type { Layout } from "../layout";

/**
 * Every port a sandbox listens on, chosen once among the free ones of 127.0.0.1 and kept: the registry's is part of image names,
 * the API server's of kubeconfigs. The same numbers are used inside and outside the sandbox's namespaces.
 */
const Ports = z.strictObject({
  apiserver: z.int(),
  registry: z.int(),
  ingress: z.int(),
  ingressTls: z.int(),
  etcd: z.int(),
  etcdPeer: z.int(),
  controllerManager: z.int(),
  scheduler: z.int(),
  kwok: z.int(),
});
export type Ports = z.infer<typeof Ports>;
export type PortName = keyof Ports;

/** The ports that an isolated sandbox exposes on the host's loopback; the others exist inside only. */
export const hostPorts = [
  "apiserver",
  "registry",
  "ingress",
  "ingressTls",
] as const satisfies PortName[];

/** All of them. */
export const portNames = Object.keys(Ports.shape) as PortName[];

/** Below the NodePorts (30000) and the kernel's own range for outgoing connections (32768). */
const range = { first: 20_000, size: 10_000 };

export const portsPath = (layout: Layout): string => join(layout.state, "ports.json");

/** The ports of this sandbox: kept ones, and free ones for those that an earlier version did not have; all are stored. */
export async function ensurePorts(layout: Layout): Promise<Ports> {
  const path = portsPath(layout);
  const kept = existsSync(path)
    ? Ports.partial().parse(JSON.parse(readFileSync(path, "utf8")))
    : {};
  if (portNames.every((name) => name in kept)) return readPorts(layout);
  const ports = Ports.parse({
    ...(await chooseFreePorts(layout.id, Object.values(kept))),
    ...kept,
  });
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(path, `${JSON.stringify(ports, undefined, 2)}\n`);
  return ports;
}

/** The ports kept by an earlier start; throws when there was none. */
export function readPorts(layout: Layout): Ports {
  return Ports.parse(JSON.parse(readFileSync(portsPath(layout), "utf8")));
}

/**
 * Refuses to start if another process listens on one of this sandbox's ports. Choosing new ones would not help: image names in
 * the Pulumi state contain the registry's port.
 */
export async function refuseTakenPorts(
  layout: Layout,
  ports: Ports,
  names: readonly PortName[],
): Promise<void> {
  const free = await Promise.all(names.map((name) => isFree(ports[name])));
  const taken = names.filter((_, index) => free[index] !== true);
  if (taken.length === 0) return;
  throw new UserError(
    [
      "ports of the sandbox are taken by another process:",
      ...taken.map((name) => `  127.0.0.1:${ports[name]} (${name})`),
      "`ss -ltnp` shows by which; stop it, or give the sandbox up with `npm run down` and start anew with other ports",
      `kept in ${portsPath(layout)}`,
    ].join("\n"),
  );
}

/** Starts at an offset that depends on the sandbox, so that two concurrent starts do not collide. */
async function chooseFreePorts(id: string, except: readonly number[]): Promise<Ports> {
  const offset = Number.parseInt(id, 16);
  const found: number[] = [];
  for (let step = 0; found.length < portNames.length && step < range.size; step += 1) {
    const port = range.first + ((offset + step) % range.size);
    if (!except.includes(port) && (await isFree(port))) found.push(port);
  }
  return Ports.parse(Object.fromEntries(portNames.map((name, index) => [name, found[index]])));
}

/** Whether that loopback port is free. */
function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => {
      resolve(false);
    });
    server.listen({ host: "127.0.0.1", port, exclusive: true }, () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}
