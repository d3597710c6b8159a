import type { Machine } from "./machine/machine";
import type { Packages } from "./machine/packages";

/** A machine; its node has the same name. One that is absent is drained, removed from etcd and reset. */
export interface HostSpec extends Machine {
  /** Its role in the cluster. */
  role: HostRole;
  /** Labels of its node, besides those that Kubernetes sets. */
  labels: Readonly<Record<string, string>>;
  /** Taints of its node, besides those of a control plane. */
  taints: readonly Taint[];
}

/** Role of a machine in the cluster. */
export type HostRole = "control-plane" | "worker";

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
  /** By a static route to each machine's pods, which Slipway sets. */
  | "routes"
  /** By a third-party pod network: the text of Flannel's, Cilium's or Calico's manifests. */
  | { manifests: string };

/** A cluster made by kubeadm on named machines. */
export interface ClusterSpec {
  /** Stable identifier, whatever its machines and addresses are. */
  name: string;
  /** Version of Kubernetes: `v1.36.1`. */
  version: string;
  /** Host name, virtual IPv4 address and port of all API servers; the address moves between the control planes. */
  endpoint: { name: string; address: string; port: number };
  /** IPv4 networks that nothing else in the room uses: `10.244.0.0/16`. */
  networks: { pods: string; services: string };
  /** How pods of different machines reach each other. */
  podNetwork: PodNetwork;
  /** Mode of kube-proxy. */
  proxy: "iptables" | "nftables" | "ipvs";
  /** Timeout of a node's drain before its upgrade, and number of workers that are upgraded in parallel. */
  drain: { timeoutSeconds: number; workersAtOnce: number };
  /** The control planes' certificates are renewed when they have fewer days left. */
  renewBelowDays: number;
  /** etcd is defragmented when less than this share of its file is in use, and the file is larger than so many MiB. */
  defragment: { below: number; above: number };
  /** Images, each with its registry, that a machine pulls before pods run on it. */
  prepull: readonly string[];
  /** Who installs what the machines need. */
  packages: Packages;
  /** Where the control plane's own images are pulled from: `harbor:8080/k8s`. @default `registry.k8s.io` */
  imageRepository?: string | undefined;
  /** Mirrors of registries: host of the registry → base URLs in order. */
  mirrors: Readonly<Record<string, readonly string[]>>;
  /** Authorities that containerd trusts for a registry or mirror, besides the machine's own: host → PEM. */
  authorities: Readonly<Record<string, string>>;
  /** Sorted by name: their order in the file does not matter. */
  hosts: readonly HostSpec[];
}

/** Port of an API server on its own machine. */
export const apiPort = 6443;

/** Machines that are not absent, of a role. */
export const activeHosts = ({ hosts }: ClusterSpec, role?: HostRole): HostSpec[] =>
  hosts.filter((host) => !host.absent && (role === undefined || host.role === role));
