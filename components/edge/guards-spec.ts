import { insideNetworks, sharedAddresses } from "../shared/machine/address";
import type { SpecProblem } from "../shared/machine/machine";
import { nearest } from "../shared/nearest";
import { ownPorts, activeHosts, type EdgeSpec } from "./spec";

/** Other parts of the stack that the edges could conflict with. */
export interface Neighbours {
  /** The endpoint of a cluster that this stack creates. */
  endpoint?: string;
  /** Its networks, by purpose. */
  networks?: Readonly<Record<string, string>>;
  /** Its machines, with the role of each. */
  machines: readonly { name: string; address: string; role: string }[];
}

/** Rules between the settings of the edges, and between them and their neighbours'; pure. */
export function specProblems(spec: EdgeSpec, neighbours: Neighbours): SpecProblem[] {
  return [
    ...numberProblems(spec),
    ...addressProblems(spec, neighbours),
    ...hostProblems(spec, neighbours),
    ...portProblems(spec),
    ...allowProblems(spec),
    ...redirectProblems(spec),
  ];
}

function numberProblems(spec: EdgeSpec): SpecProblem[] {
  const count = activeHosts(spec).length;
  const problems: SpecProblem[] = [];
  if (count < 2)
    problems.push({
      path: ["hosts"],
      given: count === 1 ? "one edge" : "no edge",
      allowed: "two edges or more: with one, its loss is everybody's",
      fix: "name another machine",
    });
  if (spec.nodes.length === 0)
    problems.push({
      path: ["nodes"],
      given: spec.nodes,
      allowed: "addresses of the nodes that have the ingress controller and the NodePorts",
      fix: "name at least one; of a cluster of kind hosts they are known",
    });
  return problems;
}

function addressProblems({ address, hosts }: EdgeSpec, neighbours: Neighbours): SpecProblem[] {
  const path = ["address"];
  const owner = [...hosts, ...neighbours.machines].find((each) => each.address === address);
  const problems: SpecProblem[] = [];
  if (owner !== undefined)
    problems.push({
      path,
      given: address,
      allowed: `a free address, which can move; this one is ${owner.name}'s own`,
    });
  if (address === neighbours.endpoint)
    problems.push({
      path,
      given: address,
      allowed: "a free address; this one is the cluster's endpoint, which its control planes have",
    });
  const fix = "take a free one of the network that the edges are in";
  return [...problems, ...insideNetworks({ path, given: address, fix }, neighbours.networks ?? {})];
}

function hostProblems({ hosts }: EdgeSpec, { machines }: Neighbours): SpecProblem[] {
  const planes = machines.filter(({ role }) => role === "control-plane");
  const taken = hosts.flatMap(({ name, address: given }) => {
    const plane = planes.find(({ address }) => address === given);
    if (plane === undefined) return [];
    return [
      {
        path: ["hosts", name, "address"],
        given,
        allowed: `a machine that is no control plane: HAProxy and keepalived of ${plane.name} are the API servers'`,
        fix: "take a machine of its own, or a worker",
      },
    ];
  });
  return [...sharedAddresses(hosts), ...taken];
}

function portProblems(spec: EdgeSpec): SpecProblem[] {
  const own = ownPorts(spec);
  const twice = own.filter((port, index) => own.indexOf(port) !== index);
  const clashes = spec.nodePorts.filter((port) => own.includes(port));
  return [
    ...twice.map((port) => ({
      path: ["api"],
      given: port,
      allowed: "a port that is not the edge's already",
    })),
    ...clashes.map((port) => ({
      path: ["api"],
      given: port,
      allowed: `a port of its own; ${port} is the NodePort of a project`,
      fix: "take 6443, or another number of the project's pair of NodePorts",
    })),
  ];
}

function allowProblems({ allow, routes, certificates }: EdgeSpec): SpecProblem[] {
  const served = [...new Set([...routes, ...certificates].map(({ host }) => host))];
  const wild = served.filter((host) => host.startsWith("*.")).map((host) => host.slice(1));
  return Object.keys(allow).flatMap((host) => {
    if (served.includes(host) || wild.some((end) => host.endsWith(end))) return [];
    const meant = nearest(host, served);
    return [
      {
        path: ["allow", host],
        given: host,
        allowed:
          "a host name of a project of this stack, or of a certificate: nobody serves this one",
        ...(meant === undefined ? {} : { fix: `did you mean \`${meant}\`?` }),
      },
    ];
  });
}

function redirectProblems({ redirect, certificates }: EdgeSpec): SpecProblem[] {
  if (!redirect || certificates.length > 0) return [];
  return [
    {
      path: ["redirect"],
      given: true,
      allowed: "true where there are certificates: without one there is nothing to send people to",
      fix: "add one to `certificates`",
    },
  ];
}
