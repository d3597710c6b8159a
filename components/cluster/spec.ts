import { insideNetworks, isIn, sharedAddresses } from "../shared/machine/address";
import type { SpecProblem } from "../shared/machine/machine";
import { type HostSpec, type ClusterSpec, activeHosts } from "../shared/cluster-spec";

/** Rules between the settings of a cluster; pure. */
export function specProblems(spec: ClusterSpec): SpecProblem[] {
  return [
    ...quorumProblems(spec),
    ...addressProblems(spec),
    ...networkProblems(spec),
    ...podRangeProblems(spec),
  ];
}

function quorumProblems(spec: ClusterSpec): SpecProblem[] {
  const planes = activeHosts(spec, "control-plane").length;
  if (planes % 2 === 1) return [];
  return [
    {
      path: ["hosts"],
      given: `${planes} control planes`,
      allowed: "an odd number of control planes: with an even one, one loss more is not survived",
      fix:
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
  const fix = "take a free one of the network that the control planes are in";
  return [
    ...sharedAddresses(hosts),
    ...own,
    ...insideNetworks({ path, given: endpoint.address, fix }, networks),
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

/** A machine's part of the pod network with `routes`: its third octet is the last one of the machine's address. */
export function podsOf(
  { networks }: Pick<ClusterSpec, "networks">,
  { address }: Pick<HostSpec, "address">,
): string {
  const [first = "", second = ""] = networks.pods.split(".");
  return `${first}.${second}.${address.split(".").at(-1) ?? ""}.0/24`;
}

/** Machines, leaving ones too, whose pods' addresses would overlap with another's or lie outside the pod network. */
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
      const fix = "give it another address, or a podNetwork of {manifests: …}";
      return [{ path, given, allowed, fix }];
    }
    if (isIn(baseOf(range), networks.pods)) return [];
    const allowed = `an address whose pods, ${range}, are in the network of the pods, ${networks.pods}: ${own}`;
    const fix =
      "a larger network for the pods, of 16 bits; another address; or a podNetwork of {manifests: …}";
    return [{ path, given, allowed, fix }];
  });
}

const baseOf = (network: string): string => network.split("/")[0] ?? "";
