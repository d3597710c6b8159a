import { bind } from "./frontend";
import { section } from "./text";

/** A port of the sandbox that the host sees under the same number. */
export interface Passage {
  name: string;
  port: number;
}

/**
 * Configuration of the gateway: connections to the host's loopback are passed on to the sandbox's, unread. It knows all
 * it ever needs when it starts, so it is a process of its own: nothing that goes wrong with an Ingress, its controller or
 * a reload cuts the way to the API server and to the registry.
 * @param namespace the host's network namespace, a name below /var/run/netns.
 * @param socket path of a socket that answers once the gateway listens.
 */
export function renderGateway(
  passages: readonly Passage[],
  namespace: string,
  socket: string,
): string {
  return [
    section(
      "global",
      "log stdout format raw local0 info",
      `stats socket ${socket} mode 600 level operator`,
      "user haproxy",
      "group haproxy",
      "nbthread 1",
      "maxconn 2048",
      "noreuseport",
    ),
    section(
      "defaults",
      "mode tcp",
      "timeout connect 5s",
      // Watches and log streams are silent for long; TCP itself finds out whether the other side still lives.
      "timeout client 24h",
      "timeout server 24h",
      "option clitcpka",
      "option srvtcpka",
    ),
    ...passages.map(({ name, port }) =>
      section(`listen ${name}`, bind(port, { namespace }), `server inside 127.0.0.1:${port}`),
    ),
  ].join("\n");
}
