import assert from "node:assert/strict";
import fc from "fast-check";
import { merge } from "../../../src/projects/merge";

/** Mappings of one shape, like layers of settings: any part of it may be missing. */
const layer = fc.record(
  {
    replicas: fc.integer(),
    hosts: fc.array(fc.string()),
    env: fc.dictionary(fc.constantFrom("A", "B", "C"), fc.string(), { noNullPrototype: true }),
    resources: fc.record(
      {
        limits: fc.record(
          { cpu: fc.string(), memory: fc.string() },
          { requiredKeys: [], noNullPrototype: true },
        ),
      },
      { requiredKeys: [], noNullPrototype: true },
    ),
  },
  { requiredKeys: [], noNullPrototype: true },
);
type Layer = typeof layer extends fc.Arbitrary<infer T> ? T : never;

describe("merge", () => {
  it("later over earlier, key by key; a list as a whole", () => {
    const below = { replicas: 2, env: { A: "1", B: "2" }, hosts: ["a"], limits: { cpu: "1" } };
    const above = { env: { B: "3" }, hosts: ["b", "c"], limits: { cpu: "2" } };
    assert.deepEqual(merge(below, above), {
      replicas: 2,
      env: { A: "1", B: "3" },
      hosts: ["b", "c"],
      limits: { cpu: "2" },
    });
  });

  it("keys that are called as what every object has", () => {
    const names = ["__proto__", "constructor", "toString", "hasOwnProperty"];
    const env = Object.fromEntries(names.map((name) => [name, `${name}!`]));
    const { env: merged } = merge({ env: {} }, { env });
    assert.deepEqual(Object.entries(merged), Object.entries(env));
  });

  it("a mapping with a kind as a whole, but for a variable, a secret or a volume of that name", () => {
    const below = {
      strategy: { kind: "canary", steps: [1] },
      env: { A: "1" },
      secrets: { kind: "x", B: "y" },
    };
    const above = { strategy: { kind: "rolling" }, env: { kind: "a" }, secrets: { B: "z" } };
    assert.deepEqual(merge<object>(below, above), {
      strategy: { kind: "rolling" },
      env: { A: "1", kind: "a" },
      secrets: { kind: "x", B: "z" },
    });
  });

  it("undefined has no effect", () => {
    assert.deepEqual(merge({ a: 1, b: 2 }, { b: undefined }), { a: 1, b: 2 });
  });

  it("an empty layer changes nothing, nor does the same again", () => {
    fc.assert(
      fc.property(layer, (only: Layer) => {
        assert.deepEqual(merge(only, {}), only);
        assert.deepEqual(merge(only, only), only);
      }),
    );
  });

  it("does not matter where it is put in brackets", () => {
    fc.assert(
      fc.property(layer, layer, layer, (a: Layer, b: Layer, c: Layer) => {
        assert.deepEqual(merge(merge(a, b), c), merge(a, merge(b, c)));
        assert.deepEqual(merge(merge(a, b), c), merge(a, b, c));
      }),
    );
  });

  it("the last layer's values win, others stay", () => {
    fc.assert(
      fc.property(layer, layer, (below: Layer, above: Layer) => {
        const both = merge(below, above);
        assert.equal(both.replicas, above.replicas ?? below.replicas);
        assert.deepEqual(both.hosts, above.hosts ?? below.hosts);
        assert.deepEqual(both.env ?? {}, { ...below.env, ...above.env });
        assert.equal(
          both.resources?.limits?.cpu,
          above.resources?.limits?.cpu ?? below.resources?.limits?.cpu,
        );
      }),
    );
  });

  it("leaves its inputs as they were", () => {
    fc.assert(
      fc.property(layer, layer, (below: Layer, above: Layer) => {
        const copies = structuredClone([below, above]);
        merge(below, above);
        assert.deepEqual([below, above], copies);
      }),
    );
  });
});
