import assert from "node:assert/strict";
import { hostProblems } from "../../../../components/edge/guards";
import { specProblems } from "../../../../components/edge/guards-spec";
import type { EdgeSpec } from "../../../../components/edge/spec";
import type { GatheredFacts, HostFacts } from "../../../../components/shared/machine/facts";
import {
  afterEdgeRun,
  blankEdge,
  blankEdges,
  edge,
  edgeHost,
  neighbours,
} from "../../../support/edge";
import { told } from "../../../support/room";

/** Invalid settings, and the errors. */
const settings: Record<string, [Partial<EdgeSpec>, string[]]> = {
  "one edge": [
    { hosts: [edgeHost("e01")] },
    [
      "hosts",
      '"one edge"',
      "two edges or more: with one, its loss is everybody's",
      "name another machine",
    ],
  ],
  "two edges of which one leaves": [
    { hosts: [edgeHost("e01"), edgeHost("e02", { absent: true })] },
    [
      "hosts",
      '"one edge"',
      "two edges or more: with one, its loss is everybody's",
      "name another machine",
    ],
  ],
  "no node": [
    { nodes: [] },
    [
      ...[
        "nodes",
        "[]",
        "addresses of the nodes that have the ingress controller and the NodePorts",
      ],
      "name at least one; of a cluster of kind hosts they are known",
    ],
  ],
  "an address that is an edge's own": [
    { address: "10.0.0.22" },
    ["address", '"10.0.0.22"', "a free address, which can move; this one is e02's own"],
  ],
  "an address that is a node's": [
    { address: "10.0.0.14" },
    ["address", '"10.0.0.14"', "a free address, which can move; this one is t04's own"],
  ],
  "the cluster's endpoint": [
    { address: "10.0.0.100" },
    [
      "address",
      '"10.0.0.100"',
      "a free address; this one is the cluster's endpoint, which its control planes have",
    ],
  ],
  "an address among the pods": [
    { address: "10.244.3.1" },
    [
      ...["address", '"10.244.3.1"', "an address outside the network of the pods, 10.244.0.0/16"],
      "take a free one of the network that the edges are in",
    ],
  ],
  "an address among the Services": [
    { address: "10.96.3.1" },
    [
      ...["address", '"10.96.3.1"', "an address outside the network of the services, 10.96.0.0/16"],
      "take a free one of the network that the edges are in",
    ],
  ],
  "two edges with one address": [
    { hosts: [edgeHost("e01"), edgeHost("e02", { address: "10.0.0.21" })] },
    ["hosts.e02.address", '"10.0.0.21"', "an address of its own; e01 has it"],
  ],
  "an edge that is a control plane": [
    { hosts: [edgeHost("e01"), edgeHost("e02", { address: "10.0.0.12" })] },
    [
      ...["hosts.e02.address", '"10.0.0.12"'],
      "a machine that is no control plane: HAProxy and keepalived of t02 are the API servers'",
      "take a machine of its own, or a worker",
    ],
  ],
  "an API on the port of HTTPS": [
    { api: { port: 443, servers: [] } },
    ["api", "443", "a port that is not the edge's already"],
  ],
  "an API on the NodePort of a project": [
    { api: { port: 31_007, servers: [] } },
    [
      ...["api", "31007", "a port of its own; 31007 is the NodePort of a project"],
      "take 6443, or another number of the project's pair of NodePorts",
    ],
  ],
  "an allow-list for a host name that nobody serves": [
    { allow: { "shap.example": ["10.0.0.0/8"] } },
    [
      ...["allow.shap.example", '"shap.example"'],
      "a host name of a project of this stack, or of a certificate: nobody serves this one",
      "did you mean `shop.example`?",
    ],
  ],
  "people to be sent to HTTPS that nobody answers": [
    { redirect: true, certificates: [] },
    [
      ...["redirect", "true"],
      "true where there are certificates: without one there is nothing to send people to",
      "add one to `certificates`",
    ],
  ],
};

const status = (): Map<string, GatheredFacts> => afterEdgeRun(edge(), blankEdges());
const gone = { unreachable: "nobody answers" };
const e01 = (more: Partial<HostFacts>): [string, GatheredFacts][] => [
  ["e01", blankEdge("e01", more)],
];

/** Facts of machines, and the errors. */
const machines: Record<string, [[string, GatheredFacts][], string[], EdgeSpec?]> = {
  "somebody without rights": [
    e01({ root: false }),
    [
      ...["hosts.e01", '"ops"', "a user who becomes root by sudo without a password"],
      "on the machine, as root: echo 'ops ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/slipway",
    ],
  ],
  "a clock that is behind": [
    e01({ clockSkew: -61 }),
    [
      ...["hosts.e01", '"a clock that is 61 s behind"', "a clock within 5 s of this machine's"],
      "run chrony or systemd-timesyncd on all of them",
    ],
  ],
  "a web server on the edge's port": [
    e01({ listening: new Map([[80, "nginx"]]) }),
    [
      "hosts.e01",
      '"nginx listens on port 80"',
      "port 80 for haproxy",
      "stop nginx, or let it listen elsewhere",
    ],
  ],
  "somebody on the NodePort of a project": [
    e01({ listening: new Map([[31_007, "java"]]) }),
    [
      "hosts.e01",
      '"java listens on port 31007"',
      "port 31007 for haproxy",
      "stop java, or let it listen elsewhere",
    ],
  ],
  "an HAProxy that serves somebody else": [
    e01({ listening: new Map([[8443, "haproxy"]]) }),
    [
      ...["hosts.e01", '["haproxy listens on port 8443"]'],
      "a machine whose HAProxy and keepalived are free: an edge has both to itself",
      "take another machine; or, if nobody needs them: systemctl disable --now haproxy keepalived",
    ],
  ],
  "a machine without keepalived": [
    e01({ programs: { haproxy: "2.6.12" } }),
    [
      ...["hosts.e01", '["keepalived is missing"]'],
      "haproxy, keepalived: `packages.from` says that they are installed already",
      "install them, or let apt or dnf do it",
    ],
  ],
  "an HAProxy that is too old": [
    e01({ programs: { haproxy: "2.4.22", keepalived: "v2.2.7" } }),
    ["hosts.e01", '"haproxy 2.4.22"', "haproxy 2.5 or newer", "upgrade it, or the system"],
  ],
  "an address that is in none of its networks": [
    e01({ networks: ["127.0.0.1/8", "192.168.7.21/24"] }),
    [
      ...["address", '"10.0.0.101"', "an address in a network of e01: 192.168.7.21/24"],
      "take a free one there: nobody would find it elsewhere",
    ],
  ],
  "a new edge that cannot be reached": [
    [["e02", { unreachable: "its host key is another one" }]],
    [
      ...["hosts.e02", '"its host key is another one"'],
      "a machine that lets us in: it is no edge yet, so nothing can be done without it",
      "by hand: ssh -p 22 ops@10.0.0.22; or leave the machine out for now",
    ],
  ],
  "no edge that can be reached": [
    [
      ["e01", gone],
      ["e02", gone],
    ],
    [
      ...[
        "hosts",
        '"e01: nobody answers; e02: nobody answers"',
        "at least one edge that lets us in",
      ],
      "start one of them, or fix the way to it; then try again",
    ],
  ],
};

describe("an edge is refused", () => {
  for (const [what, [change, expected]] of Object.entries(settings))
    it(what, () => {
      assert.deepEqual(specProblems(edge(change), neighbours).map(told), [expected]);
    });

  for (const [what, [gathered, expected]] of Object.entries(machines))
    it(what, () => {
      const all = new Map([...blankEdges(), ...gathered]);
      assert.deepEqual(hostProblems(edge(), all).map(told), [expected]);
    });
});

describe("an edge is accepted", () => {
  it("of two machines of its own", () => {
    assert.deepEqual(
      specProblems(edge({ allow: { "shop.example": ["10.0.0.0/8"] } }), neighbours),
      [],
    );
    assert.deepEqual(hostProblems(edge(), blankEdges()), []);
  });

  it("on a worker", () => {
    const hosts = [edgeHost("e01"), edgeHost("e02", { address: "10.0.0.14" })];
    assert.deepEqual(specProblems(edge({ hosts }), neighbours), []);
  });

  it("where a certificate is for all directly below a domain", () => {
    const spec = edge({
      certificates: [{ host: "*.room.example", fingerprint: "ab" }],
      allow: { "admin.room.example": ["10.0.0.0/8"] },
    });
    assert.deepEqual(specProblems(spec, neighbours), []);
  });

  it("while one that has been made cannot be reached", () => {
    assert.deepEqual(hostProblems(edge(), status().set("e02", gone)), []);
  });
});
