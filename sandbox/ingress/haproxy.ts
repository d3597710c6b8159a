import { createHash } from "node:crypto";
import {
  backendSection,
  patience,
  plainServer,
  serverLine,
  serversOf,
  type RuntimeServer,
} from "./backend";
import { bind, frontendSection } from "./frontend";
import type { Model, NodePort, Route } from "./model";
import { plainText, section } from "./text";

/** Where HAProxy listens. */
export interface Listeners {
  /** Port of the Ingress. */
  port: number;
  /** Address that it listens on; 127.0.0.1 when absent. */
  address?: string;
  /** Network namespace whose 127.0.0.1 is meant, a name below /var/run/netns; that of HAProxy when absent. */
  namespace?: string;
  /** HAProxy is nobody's from its start, as in a pod, and need not become so. */
  unprivileged?: true;
}

/** A node port and the port of the host where it is found: the same one, unless that was taken. */
export interface HostPort extends NodePort {
  hostPort: number;
}

/** What HAProxy is given: files for its start, and apart from them what can be changed while it runs. */
export interface Rendering {
  /** Text by file name. */
  files: Record<string, string>;
  /** Fingerprint of all that only a reload can change. */
  structure: string;
  /** Servers by backend. */
  servers: Map<string, RuntimeServer[]>;
  /** Entries of weights.map: of a million requests, how many go to that canary. */
  shares: Map<string, number>;
}

/** What a worker calls itself in `show info`, so that one can ask which configuration it runs. */
export const description = (structure: string): string => `slipway ${structure}`;

/** Renders the configuration of the Ingress and of the node ports. */
export function render(model: Model, hostPorts: readonly HostPort[], at: Listeners): Rendering {
  const maps = renderMaps(model.routes);
  const servers = new Map([
    ...model.backends.map((backend) => [backend.name, serversOf(backend)] as const),
    ...hostPorts.map((port) => [port.name, port.servers.map(plainServer)] as const),
  ]);
  const shares = new Map(model.canaries.map(({ backend, share }) => [backend, share]));
  const config = (structure: string, shown: Rendering["servers"]) =>
    [
      `# Written by sandbox/ingress/controller.ts from the cluster's objects; edits are lost.`,
      globalSection(structure, model, at),
      defaults,
      frontendSection(model, at),
      ...model.backends.map((backend) => backendSection(backend, shown.get(backend.name) ?? [])),
      ...hostPorts.map((port) => nodePortSection(port, at, shown.get(port.name) ?? [])),
    ].join("\n");

  const structure = fingerprint([config("", new Map()), ...Object.values(maps)]);
  const files = {
    ...maps,
    "weights.map": lines([...shares].map(([backend, share]) => `${backend} ${share}`)),
    "haproxy.cfg": config(structure, servers),
  };
  return { files, structure, servers, shares };
}

function renderMaps(routes: readonly Route[]): Record<string, string> {
  const entries = (map: Route["map"]) =>
    routes
      .filter((route) => route.map === map)
      .map(({ key, backend, canary }) => `${key} ${backend}${canary ? `|${canary}` : ""}`);
  const hosts = [...new Set(routes.map(({ host }) => host))].sort();
  return {
    "hosts.map": lines(hosts.map((host) => `${host} ${host}`)),
    "exact.map": lines(entries("exact")),
    "prefix.map": lines(entries("prefix")),
    "regex.map": lines(entries("regex")),
  };
}

const lines = (all: readonly string[]): string => all.map((line) => `${line}\n`).join("");

const fingerprint = (texts: readonly string[]): string =>
  createHash("sha256").update(texts.join("\0")).digest("hex").slice(0, 12);

/**
 * One thread serves thousands of requests a second, deals round robin exactly, and changes servers at run time between
 * two requests. Without SO_REUSEPORT a second sandbox cannot share a port by mistake; workers hand on their sockets.
 */
const globalSection = (
  structure: string,
  { backends }: Model,
  { unprivileged }: Listeners,
): string =>
  section(
    "global",
    `description "${description(structure)}"`,
    "log stdout format raw local0 info",
    "default-path config",
    ...(unprivileged ? [] : ["user haproxy", "group haproxy"]),
    "nbthread 1",
    "maxconn 4096",
    "noreuseport",
    `hard-stop-after ${lastWord(backends.map(patience))}s`,
  );

/** Seconds that a replaced worker may take to end: four minutes as in ingress-nginx, more where requests may last longer. */
const lastWord = (patiences: readonly number[]): number => Math.max(240, ...patiences);

const accessLog = [
  ...["%tr", "%ci", "%{+Q}[var(txn.host)]", "%HM", "%{+Q}HPO", "status=%ST", "bytes=%B"],
  ...["backend=%b", "server=%s", "wait=%Tw", "connect=%Tc", "response=%Tr", "total=%Ta"],
  ...["retries=%rc", "end=%tsc"],
].join(" ");

const connectionLog = "%t %ci port=%fp backend=%b server=%s connect=%Tc total=%Tt bytes=%B end=%ts";

/**
 * Each request gets a connection of its own to a pod, so that no pod can close a connection under a request that was
 * just put on it. A connection that fails is tried again on the next pod, and so is a request that may be repeated.
 */
const defaults = [
  section(
    "defaults http",
    "mode http",
    "log global",
    `log-format "${accessLog}"`,
    "option dontlognull",
    "option http-server-close",
    "option idle-close-on-response",
    "option redispatch 1",
    "retries 10",
    "retry-on conn-failure empty-response",
    "timeout client 60s",
    "timeout http-request 60s",
    "timeout http-keep-alive 75s",
    "timeout connect 1s",
    "timeout server 60s",
    "timeout tunnel 1h",
    `http-error status 502 ${plainText(502, "%b/%s broke off its answer.")}`,
    `http-error status 503 ${plainText(503, "no pod of %b accepts connections.")}`,
    `http-error status 504 ${plainText(504, "%b/%s did not answer in time.")}`,
  ),
  section(
    "defaults tcp",
    "mode tcp",
    "log global",
    `log-format "${connectionLog}"`,
    "option redispatch 1",
    "retries 10",
    "timeout client 1h",
    "timeout connect 1s",
    "timeout server 1h",
  ),
].join("\n");

function nodePortSection(
  { name, hostPort }: HostPort,
  { namespace }: Listeners,
  servers: readonly RuntimeServer[],
): string {
  return section(
    `listen ${name} from tcp`,
    bind(hostPort, { namespace }),
    ...servers.map(serverLine),
  );
}
