import { paths, type Context } from "../context";
import type { RenderedUnit } from "../unit";

/** Name under which `boot.sh` keeps the host's network namespace. */
const hostNamespace = "host";

/**
 * The only way in: listens on the *host's* loopback and hands connections to the same port inside, TLS unopened. A process
 * of its own, so that no reload of the Ingress ever cuts a watch.
 */
export function gateway({ layout, ports }: Context): RenderedUnit {
  const config = paths(layout).etc("gateway.cfg");
  const forward = (name: "apiserver" | "registry") => `
listen ${name}
  bind 127.0.0.1:${ports[name]} namespace ${hostNamespace}
  server inside 127.0.0.1:${ports[name]}
`;
  return {
    name: "gateway",
    after: [],
    command: ["/usr/sbin/haproxy", "-db", "-f", config],
    files: [
      {
        path: config,
        // Watches are silent for minutes, and a push may take as long.
        text: `defaults
  mode tcp
  maxconn 4000
  timeout connect 5s
  timeout client 1h
  timeout server 1h
${forward("apiserver")}${forward("registry")}`,
      },
    ],
    ready: {
      kind: "exec",
      command: [
        "nsenter",
        `--net=/run/netns/${hostNamespace}`,
        "bash",
        "-c",
        `: >/dev/tcp/127.0.0.1/${ports.registry}`,
      ],
    },
  };
}
