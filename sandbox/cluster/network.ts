/**
 * Addresses inside the sandbox. It has a network namespace of its own, so they collide with nothing of the host's, and two
 * sandboxes may use the same ones. Nothing leads out of it.
 */
export const network = {
  /** Address of the real node. It lies on the loopback device, which is the one device every kernel has. */
  node: "10.240.0.1",
  /** Where CoreDNS listens: a node-local address, so that name service needs no kube-proxy. */
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
