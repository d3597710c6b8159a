import type { Neighbours } from "../../components/edge/guards-spec";
import { planEdge } from "../../components/edge/plan";
import { readerMark, type CertificateCluster } from "../../components/edge/reader";
import { followed, activeHosts, type EdgeSpec } from "../../components/edge/spec";
import {
  isKnown,
  type GatheredFacts,
  type FactsByHost,
  type HostFacts,
} from "../../components/shared/machine/facts";
import type { Machine } from "../../components/shared/machine/machine";
import { blank, clusterOf, machine, machines } from "./room";

/** An edge; its number is the last of its address, 20 and more. */
export const edgeHost = (name: string, more: Partial<Machine> = {}): Machine => ({
  name,
  address: `10.0.0.${20 + Number(name.slice(1))}`,
  hostKey: "ssh-ed25519 AAAA",
  ssh: { user: "ops", port: 22, key: "roomKey" },
  absent: false,
  ...more,
});

/** Two edges with a certificate and a project behind them. */
export const edge = (more: Partial<EdgeSpec> = {}): EdgeSpec => ({
  address: "10.0.0.101",
  hosts: [edgeHost("e01"), edgeHost("e02")],
  nodes: ["10.0.0.14"],
  ingress: { http: 80 },
  redirect: false,
  allow: {},
  nodePorts: [31_007],
  certificates: [{ host: "shop.example", fingerprint: "abcd" }],
  routes: [{ host: "shop.example", path: "/", project: "Shop.Web" }],
  packages: { from: "preinstalled", repositories: [] },
  ...more,
});

/** The same edges with certificates that the cluster keeps, in place of one of the stack's. */
export const following = (secrets: Readonly<Record<string, string>>): EdgeSpec =>
  edge({
    endpoint: "https://10.0.0.100:8443",
    certificates: Object.entries(secrets).map(([host, secret]) => {
      const [namespace = "", name = ""] = secret.split("/");
      return { host, from: { namespace, name } };
    }),
  });

/** The cluster's first control plane; it runs, unless changed. */
export const source = (facts: Partial<HostFacts> = {}): CertificateCluster => ({
  primaryControlPlane: machine("t01", "control-plane"),
  facts: blank("t01", { joined: true, cluster: clusterOf(["t01"]), ...facts }),
});

/** The same after a run: it has recorded the edges' login. */
export const afterReader = (spec: EdgeSpec): CertificateCluster => {
  const edgeReader = readerMark(followed(spec).map(({ from }) => from));
  return source({ cluster: clusterOf(["t01"], { edgeReader }) });
};

/** The cluster behind the edges. */
export const neighbours: Neighbours = {
  endpoint: "10.0.0.100",
  networks: { pods: "10.244.0.0/16", services: "10.96.0.0/16" },
  machines,
};

/** Facts of an edge before anything is done to it. */
export const blankEdge = (name: string, more: Partial<HostFacts> = {}): HostFacts => {
  const { address } = edgeHost(name);
  const programs = { haproxy: "2.6.12-1+deb12u3", keepalived: "v2.2.7" };
  const addresses = new Map([[address, "eth0"]]);
  return { ...blank(name), programs, addresses, networks: [`${address}/24`], ...more };
};

/** Facts of blank machines. */
export const blankEdges = (spec = edge()): Map<string, GatheredFacts> =>
  new Map(spec.hosts.map(({ name }) => [name, blankEdge(name)]));

/** Facts of the machines after a run of all due phases. */
export function afterEdgeRun(
  spec: EdgeSpec,
  found: FactsByHost,
  from?: CertificateCluster,
): Map<string, GatheredFacts> {
  const { phases } = planEdge(spec, found, from);
  return new Map(
    [...found].map(([name, facts]): [string, GatheredFacts] => {
      if (!isKnown(facts)) return [name, facts];
      const marks = { ...facts.marks };
      for (const { phase, host, mark, why } of phases)
        if (host.name === name && why !== undefined && mark !== undefined) marks[phase] = mark;
      const peers = activeHosts(spec).flatMap((host) => (host.name === name ? [] : [host.address]));
      return [name, { ...facts, marks, peers, running: ["haproxy", "keepalived"] }];
    }),
  );
}

/** Due phases, as `e01: edge-proxy → edge-address`. */
export function edgeDue(spec: EdgeSpec, found: FactsByHost, from?: CertificateCluster): string[] {
  const plan = planEdge(spec, found, from);
  const due = plan.phases.filter(({ why }) => why !== undefined);
  const login = plan.reader?.why === undefined ? [] : [`t01: edge-reader, ${plan.reader.why}`];
  const edges = spec.hosts.flatMap(({ name }) => {
    const phases = due.filter(({ host }) => host.name === name).map(({ phase }) => phase);
    return phases.length === 0 ? [] : [`${name}: ${phases.join(" → ")}`];
  });
  return [...login, ...edges];
}
