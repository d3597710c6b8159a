import type { Machine } from "./machine";

/** One machine of a group that has one address between them. */
export interface VrrpArgs {
  /** Name of the group: `api`, `edge`. */
  name: string;
  /** IPv4 address that moves. */
  address: string;
  /** What the address is for, in a comment of the file: `10.0.0.100:8443`. */
  purpose: string;
  /** systemd unit that has to run where the address is: `haproxy`. */
  service: string;
  /** The whole group, sorted by name. */
  machines: readonly Machine[];
  /** The machine that is configured. */
  host: Machine;
  /** Interface that has the host's own address. */
  device: string;
}

/**
 * keepalived's configuration: VRRP by unicast, for many a machine room's switches drop multicast; advertised every 0.3 s, so
 * that a dead holder is missed within 1.2 s. Whoever has the address keeps it: its return would only break connections.
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

/** A lone holder has nobody to tell; keepalived refuses an empty list. */
const unicast = (
  host: Machine,
  peers: readonly Machine[],
): string => `  unicast_src_ip ${host.address}
  unicast_peer {
${peers.map((peer) => `    ${peer.address}`).join("\n")}
  }
`;

/**
 * Apart by enough that two never take the address in the same moment: whose neighbours were told last would decide for
 * seconds. For the same reason whoever has it goes on telling them.
 */
function priority(machines: readonly Machine[], host: Machine): number {
  const rank = machines.findIndex(({ name }) => name === host.name);
  return 200 - Math.floor((150 * rank) / machines.length);
}

/** Number of the address's group among those of its network: its last number, never 0. */
const routerId = (address: string): number => Number(address.split(".").at(-1)) || 1;
