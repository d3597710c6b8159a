import { putFile } from "../shared/machine/script";
import { kubectl } from "./control-plane";
import type { ClusterSpec, HostSpec } from "./spec";

/**
 * The plainest network of pods there is: each machine has a part of it, which its own address names, and a route to every
 * other's. For machines that reach each other without a router between; nothing runs for it.
 */
export function routesBody(spec: ClusterSpec, host: HostSpec): string {
  return [
    putFile("/etc/cni/net.d/10-slipway.conflist", cniConfig(podsOf(spec, host))),
    putFile("/usr/local/lib/slipway/routes", routesScript(spec, host), "0755"),
    putFile("/etc/systemd/system/slipway-routes.service", unit),
    `case $changed in *slipway-routes.service*) systemctl daemon-reload ;; esac
systemctl enable -q slipway-routes
systemctl restart slipway-routes`,
  ].join("\n");
}

/**
 * On a control plane: applies the manifests that come by standard input, and waits for the nodes to be ready, which they are
 * when their pods have a network. The cluster remembers which manifests they were.
 */
export const podNetworkBody = (mark: string): string => `${kubectl}
k apply --server-side --force-conflicts --field-manager slipway -f - > /var/log/slipway-pod-network.log 2>&1 ||
  fail 'kubectl apply of the manifests failed; its last lines:' "$(tail -n 15 /var/log/slipway-pod-network.log)"
k wait --for=condition=Ready nodes --all --timeout 300s > /dev/null ||
  fail 'not every node was ready within 5 minutes:' "$(k get nodes)" "$(k get pods -A -o wide | grep -v Running)"
k annotate namespace kube-system --overwrite slipway/pod-network=${mark}`;

/** Number of the routes that are ours, so that those of machines which are gone can go. */
const protocol = 99;

/** Shell text that sets a machine's routes; those of one that leaves stay until it is no longer named. */
export function routesScript(spec: ClusterSpec, host: HostSpec): string {
  const others = spec.hosts.filter(({ name }) => name !== host.name);
  const wanted = others.map((other) => podsOf(spec, other));
  // What leaves the pods' network goes by the machine's own address; between pods nothing is hidden.
  const outside = `POSTROUTING -s ${podsOf(spec, host)} ! -d ${spec.networks.pods} -j MASQUERADE`;
  return [
    "#!/bin/sh",
    "set -eu",
    ...others.map(
      (other) => `ip route replace ${podsOf(spec, other)} via ${other.address} proto ${protocol}`,
    ),
    `for old in $(ip -o route show proto ${protocol} | awk '{print $1}'); do`,
    `  case ' ${wanted.join(" ")} ' in *" $old "*) ;; *) ip route del "$old" proto ${protocol} ;; esac`,
    "done",
    `iptables -t nat -C ${outside} 2>/dev/null || iptables -t nat -A ${outside}`,
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
