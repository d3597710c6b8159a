import assert from "node:assert/strict";
import { inOrder } from "../../../src/stack/order";

describe("the order of parts", () => {
  const parts = (names: Readonly<Record<string, readonly string[]>>) =>
    inOrder(
      Object.keys(names).map((key) => ({ key })),
      ({ key }) => names[key] ?? [],
    ).map(({ key }) => key);

  const cases: [what: string, names: Record<string, string[]>, order: string[]][] = [
    ["is as given where none names another", { b: [], a: [] }, ["b", "a"]],
    ["has those before that are named", { a: ["c"], b: [], c: ["b"] }, ["b", "c", "a"]],
    ["has each once, however often it is named", { a: ["c"], b: ["c"], c: [] }, ["c", "a", "b"]],
  ];
  for (const [what, names, order] of cases) {
    it(what, () => {
      assert.deepEqual(parts(names), order);
    });
  }

  it("does not exist if one names itself by way of others, or something missing", () => {
    assert.throws(() => parts({ a: ["b"], b: ["c"], c: ["b"] }), /a → b → c → b/);
    assert.throws(() => parts({ a: ["b"] }), /a names b, and there is no such part/);
  });
});
