import type { Machine } from "./machine/machine";
import type { Packages } from "./machine/packages";

/** A machine of the room; its node has its name. One that is absent is drained, taken out of etcd and reset. */
export interface HostSpec extends Machine {
  /** What it does in the cluster. */
  role: Role;
  /** Labels of its node, besides those that Kubernetes sets. */
  labels: Readonly<Record<string, string>>;
  /** Taints of its node, besides those of a control plane. */
  taints: readonly Taint[];
}

/** What a machine does in the cluster. */
export type Role = "control-plane" | "worker";

/** A taint of a node. */
export interface Taint {
  /** Key, as a label has one: `dedicated`. */
  key: string;
  /** Value, up to 63 characters. @default an empty one */
  value?: string | undefined;
  /** What happens to pods that do not tolerate it. */
  effect: "NoSchedule" | "PreferNoSchedule" | "NoExecute";
}

/** How pods of different machines reach each other. */
export type PodNetwork =
  /** By a route to each machine's pods, from here. */
  | "routes"
  /** By what these manifests bring: the text of Flannel's, Cilium's or Calico's own. */
  | { manifests: string };

/** A cluster made by kubeadm on named machines. */
export interface ClusterSpec {
  /** Lasting name, whatever happens to its machines and addresses. */
  name: string;
  /** Version of Kubernetes: `v1.36.1`. */
  version: string;
  /** Host name, IPv4 address and port of the API servers together; the address moves between the control planes. */
  endpoint: { name: string; address: string; port: number };
  /** IPv4 networks that nothing else in the room uses: `10.244.0.0/16`. */
  networks: { pods: string; services: string };
  /** How pods of different machines reach each other. */
  podNetwork: PodNetwork;
  /** How Services are done on each node. */
  proxy: "iptables" | "nftables" | "ipvs";
  /** Seconds that pods may take to leave a node before its upgrade, and how many workers are upgraded at once. */
  drain: { timeoutSeconds: number; workersAtOnce: number };
  /** The control planes' certificates are made anew when they have fewer days left. */
  renewBelowDays: number;
  /** etcd is defragmented when less than this share of its file is in use, and the file is larger than so many MiB. */
  defragment: { below: number; above: number };
  /** Images, each with its registry, that a machine has before pods come to it. */
  prepull: readonly string[];
  /** Who installs what the machines need. */
  packages: Packages;
  /** Where the control plane's own images are pulled from: `harbor:8080/k8s`. @default `registry.k8s.io` */
  imageRepository?: string | undefined;
  /** Registries that are reached by another way: host of the registry → base addresses, the first one first. */
  mirrors: Readonly<Record<string, readonly string[]>>;
  /** Certificates in PEM that containerd believes a registry or mirror by, beside the machine's own: host → PEM. */
  authorities: Readonly<Record<string, string>>;
  /** Sorted by name: their order in the file means nothing. */
  hosts: readonly HostSpec[];
}

/** Port of an API server on its own machine. */
export const apiPort = 6443;

/** Machines that stay, of a role. */
export const activeHosts = ({ hosts }: ClusterSpec, role?: Role): HostSpec[] =>
  hosts.filter((host) => !host.absent && (role === undefined || host.role === role));
