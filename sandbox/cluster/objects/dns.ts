import { network } from "../network";
import type { KubernetesObject } from "./object";

/** The Service that programs expect; CoreDNS itself is a process on the node, not a pod. */
export function dnsObjects(): KubernetesObject[] {
  const metadata = { name: "kube-dns", namespace: "kube-system" };
  const ports = [
    { name: "dns", port: 53, protocol: "UDP" },
    { name: "dns-tcp", port: 53, protocol: "TCP" },
  ];
  return [
    {
      apiVersion: "v1",
      kind: "Service",
      metadata,
      spec: { clusterIP: network.dnsService, ports },
    },
    {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { ...metadata, labels: { "kubernetes.io/service-name": metadata.name } },
      addressType: "IPv4",
      endpoints: [{ addresses: [network.dns], conditions: { ready: true } }],
      ports,
    },
  ];
}
