import { script } from "../shared/shell";
import { vrrpConfig } from "../shared/machine/vrrp";
import { apiPort, activeHosts, type ClusterSpec, type HostSpec } from "../shared/cluster-spec";

/** One control plane, and the interface with its address. */
export interface BalancerArgs {
  /** The cluster, with the endpoint that the control planes share. */
  spec: ClusterSpec;
  /** The control plane that is configured. */
  host: HostSpec;
  /** Network interface with the host's own address: `eth0`. */
  interface: string;
}

/** HAProxy in front of all API servers, and keepalived for the virtual address. */
export const balancerBody = (args: BalancerArgs): string =>
  script("components/cluster/balancer.sh", {
    HAPROXY: haproxyConfig(args.spec),
    KEEPALIVED: keepalivedConfig(args),
  });

/**
 * Forwards TCP to the API servers that report ready; clients verify their certificates, so the health check need not.
 */
export function haproxyConfig(spec: ClusterSpec): string {
  const servers = activeHosts(spec, "control-plane").map(
    ({ name, address }) => `  server ${name} ${address}:${apiPort}`,
  );
  return `global
  log /dev/log local0
  maxconn 4000

defaults
  mode tcp
  log global
  option dontlognull
  option redispatch 1
  timeout connect 2s
  timeout client 1h
  timeout server 1h
  timeout check 2s

frontend api
  bind *:${spec.endpoint.port}
  default_backend api

backend api
  balance roundrobin
  option httpchk GET /readyz
  http-check expect status 200
  default-server check check-ssl verify none inter 500ms fastinter 200ms fall 2 rise 2 on-marked-down shutdown-sessions
${servers.join("\n")}
`;
}

/** keepalived's configuration on one control plane. */
export function keepalivedConfig({ spec, host, interface: device }: BalancerArgs): string {
  const { address, port } = spec.endpoint;
  const machines = activeHosts(spec, "control-plane");
  const purpose = `${address}:${port}`;
  const group = { name: "api", address, purpose, service: "haproxy", machines };
  return vrrpConfig({ ...group, host, device });
}
