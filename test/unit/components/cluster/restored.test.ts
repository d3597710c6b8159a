import assert from "node:assert/strict";
import { planCluster } from "../../../../components/cluster/plan";
import { allBlank, blank, due, room } from "../../../support/room";

describe("a cluster whose data was restored", () => {
  const found = allBlank().set("t02", blank("t02", { marks: { restore: "1234abcd" } }));
  const init = planCluster(room(), found).phases.find(({ phase }) => phase === "init");

  it("begins where the data is, and the others join", () => {
    assert.match(due(room(), found).join("\n"), /t01: .* → join.*\nt02: .* → init\nt03: .* → join/);
  });

  it("takes the data and the authorities as they are, and leaves its objects alone", () => {
    assert.match(
      init?.body ?? "",
      /--ignore-preflight-errors=DirAvailable--var-lib-etcd --skip-phases=addon/,
    );
  });

  it("forgets the nodes whose machines are blank now, so that they can join", () => {
    assert.match(
      init?.body ?? "",
      /delete node t01 t03 t04 --ignore-not-found\nrm -f \S+\/restore/,
    );
  });

  it("begins as ever where none was", () => {
    const plain = planCluster(room(), allBlank()).phases.find(({ phase }) => phase === "init");
    assert.equal(plain?.host.name, "t01");
    assert.doesNotMatch(plain.body, /skip-phases|delete node/);
  });
});
