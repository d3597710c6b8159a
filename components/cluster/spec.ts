import { insideNetworks, isIn, sharedAddresses } from "../shared/machine/address";
import type { Machine, SpecProblem } from "../shared/machine/machine";
import type { Packages } from "../shared/machine/packages";

/** A machine of the room; its node has its name. One that is absent is drained, taken out of etcd and reset. */
export interface HostSpec extends Machine {
  role: Role;
  labels: Readonly<Record<string, string>>;
  taints: readonly Taint[];
}

/** What a machine does in the cluster. */
export type Role = "control-plane" | "worker";

/** A taint of a node. */
export interface Taint {
  key: string;
  value?: string | undefined;
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
  /** Where the API servers answer together: a virtual address that moves between the control planes. */
  endpoint: { name: string; address: string; port: number };
  /** IPv4 networks that nothing else in the room uses. */
  networks: { pods: string; services: string };
  podNetwork: PodNetwork;
  /** How Services are done on each node. */
  proxy: "iptables" | "nftables" | "ipvs";
  /** How nodes are emptied before they are upgraded; and how many workers at a time. */
  drain: { timeoutSeconds: number; workersAtOnce: number };
  /** The control planes' certificates are made anew when they have fewer days left. */
  renewBelowDays: number;
  /** etcd is defragmented when less than this share of its file is in use, and the file is larger than so many MiB. */
  defragment: { below: number; above: number };
  /** Images that each machine has before pods come to it. */
  prepull: readonly string[];
  /** Who installs what the machines need. */
  packages: Packages;
  /** Where the control plane's own images are pulled from, in place of their public home. */
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
export const staying = ({ hosts }: ClusterSpec, role?: Role): HostSpec[] =>
  hosts.filter((host) => !host.absent && (role === undefined || host.role === role));

/** What does not hold between the settings of a cluster; pure. */
export function specProblems(spec: ClusterSpec): SpecProblem[] {
  return [
    ...quorumProblems(spec),
    ...addressProblems(spec),
    ...networkProblems(spec),
    ...podRangeProblems(spec),
  ];
}

function quorumProblems(spec: ClusterSpec): SpecProblem[] {
  const planes = staying(spec, "control-plane").length;
  if (planes % 2 === 1) return [];
  return [
    {
      path: ["hosts"],
      given: `${planes} control planes`,
      allowed: "an odd number of control planes: with an even one, one loss more is not survived",
      mend:
        planes === 0
          ? "give a machine the role control-plane"
          : `make it ${planes - 1} or ${planes + 1}`,
    },
  ];
}

function addressProblems({ hosts, endpoint, networks }: ClusterSpec): SpecProblem[] {
  const own = hosts.flatMap(({ name, address: given }) => {
    const path = ["hosts", name, "address"];
    const allowed = "an address of its own; this one is the endpoint's, which moves";
    return [
      ...(given === endpoint.address ? [{ path, given, allowed }] : []),
      ...insideNetworks({ path, given }, networks),
    ];
  });
  const path = ["endpoint", "address"];
  const mend = "take a free one of the network that the control planes are in";
  return [
    ...sharedAddresses(hosts),
    ...own,
    ...insideNetworks({ path, given: endpoint.address, mend }, networks),
  ];
}

function networkProblems({ networks: { pods, services } }: ClusterSpec): SpecProblem[] {
  const overlap = isIn(baseOf(pods), services) || isIn(baseOf(services), pods);
  if (!overlap) return [];
  return [
    {
      path: ["networks"],
      given: { pods, services },
      allowed: "two networks that have no address in common",
    },
  ];
}

/** A machine's part of the pods' network, where routes lead to it: the third number is the last of its address. */
export function podsOf(
  { networks }: Pick<ClusterSpec, "networks">,
  { address }: Pick<HostSpec, "address">,
): string {
  const [first = "", second = ""] = networks.pods.split(".");
  return `${first}.${second}.${address.split(".").at(-1) ?? ""}.0/24`;
}

/** Machines whose pods would have another's addresses, or such as are not in the pods' network; also of one that leaves. */
function podRangeProblems(spec: ClusterSpec): SpecProblem[] {
  const { hosts, networks, podNetwork } = spec;
  if (podNetwork !== "routes") return [];
  const own = "the last number of a machine's address is the third one of its pods'";
  return hosts.flatMap(({ name, address: given }, index) => {
    const range = podsOf(spec, { address: given });
    const path = ["hosts", name, "address"];
    const first = hosts
      .slice(0, index)
      .find((other) => other.address !== given && podsOf(spec, other) === range);
    if (first !== undefined) {
      const allowed = `an address that ends in another number than ${first.address} of ${first.name}: the pods of both would be in ${range}, for ${own}`;
      const mend = "give it another address, or a podNetwork of {manifests: …}";
      return [{ path, given, allowed, mend }];
    }
    if (isIn(baseOf(range), networks.pods)) return [];
    const allowed = `an address whose pods, ${range}, are in the network of the pods, ${networks.pods}: ${own}`;
    const mend =
      "a larger network for the pods, of 16 bits; another address; or a podNetwork of {manifests: …}";
    return [{ path, given, allowed, mend }];
  });
}

const baseOf = (network: string): string => network.split("/")[0] ?? "";
