import { paths, type UnitContext } from "../context";
import { network } from "../network";
import { hostPorts, type PortName } from "../ports";
import type { RenderedUnit } from "../unit";

/** From Debian's package of that name. */
const haproxy = "/usr/sbin/haproxy";

/** The host's network namespace, as the sandbox's first process has bound it below /run/netns. */
export const hostNamespace = "host";

/** The target of a host port inside: the same port, or the node's ports that the ingress controller uses. */
function target(name: PortName, port: number): string {
  if (name === "ingress") return `${network.node}:80`;
  if (name === "ingressTls") return `${network.node}:443`;
  return `127.0.0.1:${port}`;
}

/**
 * The sandbox's ports on the host's loopback: a TCP proxy. It gets all its configuration at its start, so no failure inside cuts
 * the connection to the API server.
 */
export function gateway({ layout, ports }: UnitContext): RenderedUnit {
  const { etc, run } = paths(layout);
  const config = etc("gateway.cfg");
  const socket = run("gateway.sock");
  const doors = hostPorts.map((name) =>
    [
      `listen ${name}`,
      `    bind 127.0.0.1:${ports[name]} namespace ${hostNamespace}`,
      `    server inside ${target(name, ports[name])}`,
    ].join("\n"),
  );
  return {
    name: "gateway",
    after: [],
    command: [haproxy, "-db", "-f", config],
    files: [{ path: config, text: [settings(socket), ...doors, ""].join("\n") }],
    ready: { kind: "unix", path: socket },
  };
}

/** Watches and log streams are silent for long; TCP keepalive detects a dead peer. */
const settings = (socket: string): string => `global
    log stdout format raw local0 info
    stats socket ${socket} mode 600 level operator
    user haproxy
    group haproxy
    nbthread 1
    maxconn 2048
    noreuseport
defaults
    mode tcp
    timeout connect 5s
    timeout client 24h
    timeout server 24h
    option clitcpka
    option srvtcpka`;
