import type { RuntimeServer } from "./backend";
import type { Rendering } from "./haproxy";

/** What a running worker says of itself. */
export interface Worker {
  /** Its process, as HAProxy itself numbers it. */
  pid: number;
  /** Fingerprint of the configuration it was started with. */
  structure: string;
  /** Servers by name by backend; backends without servers are there too. */
  servers: Map<string, Map<string, WorkerServer>>;
  /** Entries of weights.map. */
  shares: Map<string, number>;
}

export interface WorkerServer {
  address: string;
  port: number;
  /** Gets no new request. */
  maintenance: boolean;
}

/** One change of a running worker. */
export interface Change {
  /** For the log, e.g. `+sjzy-package-api-7d9f`. Empty where there is nothing to tell. */
  text: string;
  /** What it is about: a backend. */
  backend: string;
  /** Commands of the Runtime API, to be sent one after the other. */
  commands: string[];
}

/** Reads `show info`, `show backend`, `show servers state` and `show map weights.map`. */
export function parseWorker(
  texts: Record<"info" | "backends" | "servers" | "shares", string>,
): Worker {
  const servers: Worker["servers"] = new Map(
    rows(texts.backends).map(([name = ""]) => [name, new Map<string, WorkerServer>()]),
  );
  for (const row of rows(texts.servers)) {
    // Columns as management.txt, "show servers state", has them; the first row is the format's version.
    const [, backend = "", , name, address, , admin, ...rest] = row;
    if (name === undefined || address === undefined) continue;
    const port = Number(rest[11]);
    const maintenance = (Number(admin) & forcedMaintenance) !== 0;
    servers.get(backend)?.set(name, { address, port, maintenance });
  }
  const shares = rows(texts.shares).map(([, key = "", value]) => [key, Number(value)] as const);
  const structure = /^description: slipway (\S+)$/m.exec(texts.info)?.[1] ?? "";
  const pid = Number(/^Pid: (\d+)$/m.exec(texts.info)?.[1] ?? 0);
  return { pid, structure, servers, shares: new Map(shares) };
}

/**
 * What makes a worker send requests where it should. Pods that may serve come before those that may no longer, so that
 * at no moment there are fewer than at both ends. Backends and canaries unknown to the worker wait for the reload.
 */
export function changesFor(worker: Worker, wanted: Rendering): Change[] {
  const changes: Change[] = [];
  for (const [backend, servers] of wanted.servers) {
    const known = worker.servers.get(backend);
    if (known === undefined) continue;
    for (const server of servers) changes.push(...bringIn(backend, server, known.get(server.name)));
    const names = new Set(servers.map(({ name }) => name));
    for (const [name, server] of known) {
      if (!names.has(name)) changes.push(...takeOut(backend, name, server));
    }
  }
  for (const [backend, share] of wanted.shares) {
    const known = worker.shares.get(backend);
    if (known === undefined || known === share) continue;
    const text = `${percent(known)} -> ${percent(share)}`;
    changes.push({ text, backend, commands: [`set map weights.map ${backend} ${share}`] });
  }
  return changes;
}

/** Answers to commands that did what they were told; anything else is a refusal. */
export const isDone = (answer: string): boolean =>
  answer === "" ||
  /^(New server registered|Server deleted|.*changed from|no need to change)/s.test(answer);

/** The server is out of rotation, and is deleted later because requests are still under way on it. */
export const isDraining = (answer: string): boolean => answer.includes("still has connections");

/** Bit of srv_admin_state: taken out by command. */
const forcedMaintenance = 0x01;

const rows = (text: string): string[][] =>
  text
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.trim().split(/\s+/));

function bringIn(
  backend: string,
  server: RuntimeServer,
  known: WorkerServer | undefined,
): Change[] {
  const id = `${backend}/${server.name}`;
  if (known === undefined) {
    const commands = [
      `add server ${id} ${server.arguments}`,
      ...(server.checked ? [`enable health ${id}`] : []),
      `set server ${id} state ready`,
    ];
    return [{ text: `+${server.name}`, backend, commands }];
  }
  const moved = known.address !== server.address || known.port !== server.port;
  if (!moved && !known.maintenance) return [];
  const commands = [
    ...(moved ? [`set server ${id} addr ${server.address} port ${server.port}`] : []),
    ...(known.maintenance ? [`set server ${id} state ready`] : []),
  ];
  return [{ text: `+${server.name}`, backend, commands }];
}

/** Requests under way are finished; once there are none, the server can be deleted. */
function takeOut(backend: string, name: string, { maintenance }: WorkerServer): Change[] {
  const id = `${backend}/${name}`;
  const remove = { text: "", backend, commands: [`del server ${id}`] };
  if (maintenance) return [remove];
  return [{ text: `-${name}`, backend, commands: [`set server ${id} state maint`] }, remove];
}

const percent = (share: number): string => `${share / 10_000}%`;
