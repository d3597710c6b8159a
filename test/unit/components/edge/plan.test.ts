import assert from "node:assert/strict";
import { planEdge } from "../../../../components/edge/plan";
import {
  isKnown,
  type GatheredFacts,
  type HostFacts,
} from "../../../../components/shared/machine/facts";
import { afterEdgeRun, blankEdges, edge, edgeDue, edgeHost } from "../../../support/edge";

const spec = edge();
const status = (): Map<string, GatheredFacts> => afterEdgeRun(spec, blankEdges());
const all = "edge-packages → edge-proxy → edge-address";
const other = [{ host: "shop.example", fingerprint: "ef" }];

/** The running edges, with one of them changed. */
function seen(
  name: string,
  change: (facts: HostFacts) => Partial<HostFacts>,
): Map<string, GatheredFacts> {
  const gathered = status();
  const facts = gathered.get(name);
  if (!isKnown(facts)) throw new Error(`${name} was not reached`);
  return gathered.set(name, { ...facts, ...change(facts) });
}

const cases: Record<string, [ReturnType<typeof edge>, Map<string, GatheredFacts>, string[]]> = {
  "makes all of them": [spec, blankEdges(), [`e01: ${all}`, `e02: ${all}`]],
  "does nothing the second time": [spec, status(), []],
  "does nothing for another project": [edge({ nodePorts: [31_007, 31_008] }), status(), []],
  "brings a changed setting to all": [
    edge({ allow: { "shop.example": ["10.0.0.0/8"] } }),
    status(),
    ["e01: edge-proxy", "e02: edge-proxy"],
  ],
  "brings a new certificate to all": [
    edge({ certificates: other }),
    status(),
    ["e01: edge-proxy", "e02: edge-proxy"],
  ],
  "informs the others of a new one": [
    edge({ hosts: [...spec.hosts, edgeHost("e03")] }),
    new Map([...status(), ...blankEdges(edge({ hosts: [edgeHost("e03")] }))]),
    ["e01: edge-address", "e02: edge-address", `e03: ${all}`],
  ],
  "starts what does not run": [
    spec,
    seen("e02", () => ({ running: ["haproxy"] })),
    ["e02: edge-address"],
  ],
  "closes the port of a project that is gone": [
    spec,
    seen("e01", ({ marks }) => ({ marks: { ...marks, "edge-port-31999": "aa 1" } })),
    ["e01: edge-proxy"],
  ],
  "keeps the port of an existing one": [
    spec,
    seen("e01", ({ marks }) => ({ marks: { ...marks, "edge-port-31007": "aa 1" } })),
    [],
  ],
  "leaves one that is down as it is": [
    edge({ certificates: other }),
    status().set("e02", { unreachable: "nobody answers" }),
    ["e01: edge-proxy"],
  ],
  "takes out one that leaves": [
    edge({ hosts: [edgeHost("e01"), edgeHost("e02", { absent: true }), edgeHost("e03")] }),
    new Map([...status(), ...blankEdges(edge({ hosts: [edgeHost("e03")] }))]),
    ["e01: edge-address", "e02: edge-leave", `e03: ${all}`],
  ],
};

describe("the plan of an edge", () => {
  for (const [what, [wanted, gathered, due]] of Object.entries(cases))
    it(what, () => {
      assert.deepEqual(edgeDue(wanted, gathered), due);
    });

  it("does nothing to one that has left", () => {
    const hosts = [edgeHost("e01"), edgeHost("e02"), edgeHost("e03", { absent: true })];
    const blank = blankEdges(edge({ hosts: [edgeHost("e03")] }));
    assert.deepEqual(edgeDue(edge({ hosts }), new Map([...status(), ...blank])), []);
  });

  it("shows for each what is due, and why", () => {
    const gathered = seen("e01", () => ({ running: ["keepalived"] }));
    assert.deepEqual(planEdge(spec, gathered.set("e02", { unreachable: "nobody answers" })).lines, [
      "e01 (edge, 10.0.0.21): edge-proxy: haproxy does not run",
      "e02 (edge, 10.0.0.22): left as it is, for it cannot be reached: nobody answers",
    ]);
  });
});
