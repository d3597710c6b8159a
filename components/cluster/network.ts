import { putFile } from "./script";
import type { ClusterSpec, HostSpec } from "./spec";
import { staying } from "./spec";

/**
 * The plainest network of pods there is: each machine has a part of it, which its own address names, and a route to every
 * other's. For machines that reach each other without a router between; nothing runs for it.
 */
export function routesBody(spec: ClusterSpec, host: HostSpec): string {
  const routes = staying(spec)
    .filter(({ name }) => name !== host.name)
    .map((other) => `ip route replace ${podsOf(spec, other)} via ${other.address}`);
  // What leaves the pods' network goes by the machine's own address; between pods nothing is hidden.
  const outside = `POSTROUTING -s ${podsOf(spec, host)} ! -d ${spec.networks.pods} -j MASQUERADE`;
  const masquerade = `iptables -t nat -C ${outside} 2>/dev/null || iptables -t nat -A ${outside}`;
  return [
    putFile("/etc/cni/net.d/10-slipway.conflist", cniConfig(podsOf(spec, host))),
    putFile(
      "/usr/local/lib/slipway/routes",
      ["#!/bin/sh", "set -eu", ...routes, masquerade].join("\n"),
      "0755",
    ),
    putFile("/etc/systemd/system/slipway-routes.service", unit),
    `case $changed in *slipway-routes.service*) systemctl daemon-reload ;; esac
systemctl enable -q slipway-routes
systemctl restart slipway-routes`,
  ].join("\n");
}

/** A machine's part of the pods' network: the third number is the last of its address. */
export function podsOf({ networks }: Pick<ClusterSpec, "networks">, host: HostSpec): string {
  const [first = "", second = ""] = networks.pods.split(".");
  return `${first}.${second}.${host.address.split(".").at(-1) ?? ""}.0/24`;
}

/** Pods on a bridge, addresses by file, host ports by iptables: all from the stock CNI plugins. */
export function cniConfig(pods: string): string {
  const config = {
    cniVersion: "1.0.0",
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
