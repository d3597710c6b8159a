import { program, script } from "../shared/shell";
import { podsOf } from "./spec";
import type { ClusterSpec, HostSpec } from "../shared/cluster-spec";
import { onControlPlane } from "../shared/machine/control-plane";

/**
 * The simplest pod network: each machine has a part of it, derived from its address, and a static route to every other's. It
 * needs machines that reach each other without a router, and no daemon.
 */
export const routesBody = (spec: ClusterSpec, host: HostSpec): string =>
  script("components/cluster/network.sh", {
    CNI: cniConfig(podsOf(spec, host)),
    ROUTES: routesScript(spec, host),
    UNIT: unit,
  });

/** On a control plane: applies the manifests from standard input, and waits for the nodes to be ready. */
export const podNetworkBody = (mark: string): string =>
  `${onControlPlane()}\n${script("components/cluster/pod-network.sh", { MANIFESTS: mark })}`;

/** Protocol number of Slipway's routes, so those of removed machines can be deleted. */
const protocol = 99;

/** The command that sets a machine's routes; those of a leaving machine stay until the settings no longer name it. */
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

/** Version of the CNI specification for the stock plugins. */
export const cniVersion = "1.0.0";

/** A bridge with the `host-local` IPAM and `portmap`, all stock CNI plugins. */
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
