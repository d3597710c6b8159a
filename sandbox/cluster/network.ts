/**
 * Addresses inside the sandbox. It has its own network namespace, so they collide with nothing on the host, and two sandboxes may
 * use the same ones. It has no route to the outside.
 */
export const network = {
  /** Address of the real node, on the loopback device, which every kernel has. */
  node: "10.240.0.1",
  /** Address of CoreDNS: node-local, so that DNS needs no kube-proxy. */
  dns: "10.240.0.53",
  pods: "10.241.0.0/16",
  services: "10.242.0.0/16",
  /** First address of `services`: the Service `default/kubernetes`. */
  apiService: "10.242.0.1",
  /** The Service `kube-system/kube-dns`. */
  dnsService: "10.242.0.10",
  /** Made-up addresses of pods on the simulated node. */
  simulatedPods: "10.243.0.1/16",
  domain: "cluster.local",
} as const;

/** Names of the two nodes. */
export const nodes = { real: "slipway-1", simulated: "slipway-simulated" } as const;
