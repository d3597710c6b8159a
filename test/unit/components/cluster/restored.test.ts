import assert from "node:assert/strict";
import { planCluster } from "../../../../components/cluster/plan";
import { allBlank, blank, due, room } from "../../../support/room";
import { play } from "../../../support/shell";

describe("a cluster whose data was restored", () => {
  const gathered = allBlank().set("t02", blank("t02", { marks: { restore: "1234abcd" } }));
  const init = planCluster(room(), gathered).phases.find(({ phase }) => phase === "init");

  it("begins where the data is, and the others join", () => {
    assert.match(
      due(room(), gathered).join("\n"),
      /t01: .* → join.*\nt02: .* → init\nt03: .* → join/,
    );
  });

  const calls = (body = ""): string[] =>
    play(body, { timeout: "", kubeadm: "", kubectl: "" }).calls.filter((call) =>
      /kubeadm init|kubectl/.test(call),
    );

  it("takes the data and the authorities as they are, and leaves its objects alone", () => {
    assert.match(
      calls(init?.body)[0] ?? "",
      /--ignore-preflight-errors=DirAvailable--var-lib-etcd --skip-phases=addon$/,
    );
  });

  it("forgets the nodes whose machines are blank now, so that they can join", () => {
    assert.match(calls(init?.body)[1] ?? "", /delete node t01 t03 t04 --ignore-not-found$/);
  });

  it("begins as ever where none was", () => {
    const plain = planCluster(room(), allBlank()).phases.find(({ phase }) => phase === "init");
    assert.equal(plain?.host.name, "t01");
    assert.deepEqual(calls(plain.body), [
      "kubeadm init --config /etc/kubernetes/slipway-init.yaml --skip-token-print",
    ]);
  });
});
