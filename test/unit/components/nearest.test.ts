import assert from "node:assert/strict";
import fc from "fast-check";
import { editDistance, nearest } from "../../../components/shared/nearest";

describe("nearest", () => {
  const cases: [word: string, candidates: string[], meant: string | undefined][] = [
    ["replcias", ["replicas", "resources"], "replicas"],
    ["frnt", ["front", "back"], "front"],
    [
      "Packet_BSI_PC_UI.proxy.conf",
      ["Packet_BSL_PC_UI.proxy.conf", "Packet_Label.proxy.conf"],
      "Packet_BSL_PC_UI.proxy.conf",
    ],
    ["nodeport", ["ingress", "nodePort", "none"], "nodePort"],
    ["image", ["name", "kind"], undefined],
    ["x", ["y"], "y"],
    ["anything", [], undefined],
  ];
  for (const [word, candidates, meant] of cases) {
    it(`${word} → ${meant ?? "nothing"}`, () => {
      assert.equal(nearest(word, candidates), meant);
    });
  }
});

describe("edit distance", () => {
  const cases: [a: string, b: string, distance: number][] = [
    ["", "", 0],
    ["", "abc", 3],
    ["abc", "abc", 0],
    ["abc", "axc", 1],
    ["abc", "acb", 1],
    ["kitten", "sitting", 3],
  ];
  for (const [a, b, distance] of cases) {
    it(`"${a}" and "${b}": ${distance}`, () => {
      assert.equal(editDistance(a, b), distance);
    });
  }

  it("is the same both ways, and 0 only for the same word", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (a, b) => {
        assert.equal(editDistance(a, b), editDistance(b, a));
        assert.equal(editDistance(a, b) === 0, a === b);
      }),
    );
  });
});
