import { program, script } from "../shared/shell";
import { podsOf } from "./spec";
import type { ClusterSpec, HostSpec } from "../shared/cluster-spec";
import { onControlPlane } from "../shared/machine/control-plane";

/**
 * The plainest network of pods there is: each machine has a part of it, which its own address names, and a route to every
 * other's. For machines that reach each other without a router between; nothing runs for it.
 */
export const routesBody = (spec: ClusterSpec, host: HostSpec): string =>
  script("components/cluster/network.sh", {
    CNI: cniConfig(podsOf(spec, host)),
    ROUTES: routesScript(spec, host),
    UNIT: unit,
  });

/** On a control plane: applies the manifests that come by standard input, and waits for the nodes to be ready. */
export const podNetworkBody = (mark: string): string =>
  `${onControlPlane()}\n${script("components/cluster/pod-network.sh", { MANIFESTS: mark })}`;

/** Number of the routes that are ours, so that those of machines which are gone can go. */
const protocol = 99;

/** The command that sets a machine's routes; those of one that leaves stay until it is no longer named. */
export function routesScript(spec: ClusterSpec, host: HostSpec): string {
  const others = spec.hosts.filter(({ name }) => name !== host.name);
  return program(
    script("components/cluster/routes.sh", {
      OTHERS: others.map((other) => `${podsOf(spec, other)} ${other.address}`).join("\n"),
      PODS: podsOf(spec, host),
      NETWORK: spec.networks.pods,
      PROTOCOL: protocol,
    }),
  );
}

/** Version of the CNI specification that the stock plugins are configured by. */
export const cniVersion = "1.0.0";

/** Pods on a bridge, addresses by file, host ports by iptables: all from the stock CNI plugins. */
export function cniConfig(pods: string): string {
  const config = {
    cniVersion,
    name: "slipway",
    plugins: [
      {
        type: "bridge",
        bridge: "cni0",
        isGateway: true,
        hairpinMode: true,
        ipam: { type: "host-local", ranges: [[{ subnet: pods }]], routes: [{ dst: "0.0.0.0/0" }] },
      },
      { type: "portmap", capabilities: { portMappings: true } },
    ],
  };
  return JSON.stringify(config, undefined, 2);
}

const unit = `[Unit]
Description=Routes to the pods of the other machines
After=network-online.target
Wants=network-online.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/local/lib/slipway/routes

[Install]
WantedBy=multi-user.target
`;
