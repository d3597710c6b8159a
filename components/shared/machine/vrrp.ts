import type { Machine } from "./machine";

/** One machine of a group that shares an address. */
export interface VrrpArgs {
  /** Name of the group: `api`, `edge`. */
  name: string;
  /** IPv4 address that moves. */
  address: string;
  /** What the address is for, in a comment of the file: `10.0.0.100:8443`. */
  purpose: string;
  /** systemd unit that must run on the holder of the address: `haproxy`. */
  service: string;
  /** The whole group, sorted by name. */
  machines: readonly Machine[];
  /** The machine that is configured. */
  host: Machine;
  /** Interface that has the host's own address. */
  device: string;
}

/**
 * keepalived's configuration: VRRP by unicast, because switches in many machine rooms drop multicast; advertised every 0.3 s, so
 * that a dead holder is detected within 1.2 s. The holder keeps the address (`nopreempt`): moving it back would only break
 * connections.
 */
export function vrrpConfig(args: VrrpArgs): string {
  const { name, address, purpose, service, machines, host, device } = args;
  const peers = machines.filter((machine) => machine.name !== host.name);
  return `global_defs {
  router_id ${host.name}
  vrrp_version 3
  script_user root
  enable_script_security
}

vrrp_script balancer {
  script "/usr/bin/systemctl is-active --quiet ${service}"
  interval 1
  fall 2
  rise 1
}

# ${purpose}
vrrp_instance ${name} {
  state BACKUP
  nopreempt
  interface ${device}
  virtual_router_id ${routerId(address)}
  priority ${priority(machines, host)}
  advert_int 0.3
  garp_master_delay 1
  garp_master_refresh 1
  garp_lower_prio_delay 1
  garp_lower_prio_repeat 3
${peers.length === 0 ? "" : unicast(host, peers)}  virtual_ipaddress {
    ${address}/32 dev ${device}
  }
  track_script {
    balancer
  }
}
`;
}

/** A lone machine has no peers, and keepalived refuses an empty list. */
const unicast = (
  host: Machine,
  peers: readonly Machine[],
): string => `  unicast_src_ip ${host.address}
  unicast_peer {
${peers.map((peer) => `    ${peer.address}`).join("\n")}
  }
`;

/**
 * Priorities differ enough that two machines never take the address at the same moment: the last gratuitous ARP would then decide
 * for seconds. For the same reason the holder repeats its gratuitous ARP.
 */
function priority(machines: readonly Machine[], host: Machine): number {
  const rank = machines.findIndex(({ name }) => name === host.name);
  return 200 - Math.floor((150 * rank) / machines.length);
}

/** VRRP router id, unique in its network: the last octet of the address, never 0. */
const routerId = (address: string): number => Number(address.split(".").at(-1)) || 1;
