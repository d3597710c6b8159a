import { putFile } from "../shared/machine/script";
import { apiPort, staying, type ClusterSpec, type HostSpec } from "./spec";

/** One control plane, and the interface that has its address. */
export interface BalancerArgs {
  spec: ClusterSpec;
  host: HostSpec;
  interface: string;
}

/** HAProxy in front of all API servers, and the virtual address that one of the control planes has. */
export function balancerBody(args: BalancerArgs): string {
  return `${putFile("/etc/haproxy/haproxy.cfg", haproxyConfig(args.spec))}
haproxy -c -q -f /etc/haproxy/haproxy.cfg
${putFile("/etc/keepalived/keepalived.conf", keepalivedConfig(args))}
keepalived -t -f /etc/keepalived/keepalived.conf
systemctl enable -q haproxy keepalived
for service in haproxy keepalived; do
  case $changed in
    *"/etc/$service/"*) systemctl reload-or-restart "$service" ;;
    *) systemctl start "$service" ;;
  esac
done`;
}

/**
 * TCP through to the API servers that say they are ready; whoever connects checks their certificates, so the question whether
 * they are need not.
 */
export function haproxyConfig(spec: ClusterSpec): string {
  const servers = staying(spec, "control-plane").map(
    ({ name, address }) => `  server ${name} ${address}:${apiPort}`,
  );
  return `global
  log /dev/log local0
  maxconn 4000

defaults
  mode tcp
  log global
  option dontlognull
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

/**
 * VRRP by unicast, for many a machine room's switches drop multicast; advertised every 0.3 s, so that a dead holder is missed
 * within 1.2 s. Whoever has the address keeps it: its return would only break connections.
 */
export function keepalivedConfig({ spec, host, interface: device }: BalancerArgs): string {
  const { address, port } = spec.endpoint;
  const peers = staying(spec, "control-plane").filter(({ name }) => name !== host.name);
  return `global_defs {
  router_id ${host.name}
  vrrp_version 3
  script_user root
  enable_script_security
}

vrrp_script balancer {
  script "/usr/bin/systemctl is-active --quiet haproxy"
  interval 1
  fall 2
  rise 1
}

# ${address}:${port}
vrrp_instance api {
  state BACKUP
  nopreempt
  interface ${device}
  virtual_router_id ${routerId(address)}
  priority ${priority(spec, host)}
  advert_int 0.3
  garp_master_delay 1
  garp_master_refresh 1
  garp_lower_prio_delay 1
  garp_lower_prio_repeat 3
  unicast_src_ip ${host.address}
  unicast_peer {
${peers.map((peer) => `    ${peer.address}`).join("\n")}
  }
  virtual_ipaddress {
    ${address}/32 dev ${device}
  }
  track_script {
    balancer
  }
}
`;
}

/**
 * Apart by enough that two never take the address in the same moment: whose neighbours were told last would decide for
 * seconds. For the same reason whoever has it goes on telling them.
 */
function priority(spec: ClusterSpec, host: HostSpec): number {
  const planes = staying(spec, "control-plane");
  const rank = planes.findIndex(({ name }) => name === host.name);
  return 200 - Math.floor((150 * rank) / planes.length);
}

/** Number of the address's group among those of its network: its last number, never 0. */
const routerId = (address: string): number => Number(address.split(".").at(-1)) || 1;
