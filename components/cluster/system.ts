import { putFile } from "../shared/machine/script";
import type { ClusterSpec } from "./spec";

/** Kernel modules, sysctls and the endpoint's name: what kubelet and the pods' network take for granted. */
export function systemBody({ endpoint }: Pick<ClusterSpec, "endpoint">): string {
  return [
    putFile("/etc/modules-load.d/slipway.conf", "overlay\nbr_netfilter"),
    // Built in where it cannot be loaded: the facts have told that it is there.
    "for module in overlay br_netfilter; do modprobe $module 2>/dev/null || true; done",
    putFile("/etc/sysctl.d/90-slipway.conf", sysctls),
    "sysctl -q -p /etc/sysctl.d/90-slipway.conf",
    `grep -qx ${JSON.stringify(hostsLine(endpoint))} /etc/hosts || {
  sed '/ # slipway$/d' /etc/hosts > /etc/hosts.slipway
  echo ${JSON.stringify(hostsLine(endpoint))} >> /etc/hosts.slipway
  cat /etc/hosts.slipway > /etc/hosts
  rm /etc/hosts.slipway
}`,
  ].join("\n");
}

const hostsLine = ({ address, name }: ClusterSpec["endpoint"]): string =>
  `${address} ${name} # slipway`;

/** https://kubernetes.io/docs/setup/production-environment/container-runtimes */
const sysctls = `net.ipv4.ip_forward = 1
net.bridge.bridge-nf-call-iptables = 1
`;
