import * as assert from "node:assert/strict";
import fc from "fast-check";
import { compare } from "../../../sandbox/plugins/rpc/diff";
import { formatPath, isWithin, parsePath } from "../../../sandbox/plugins/rpc/paths";
import { type Properties, Secret, unknown } from "../../../sandbox/plugins/rpc/values";

const shown = (olds: Properties, news: Properties, ignored: string[] = []): string[] =>
  compare(olds, news, ignored).map(({ path, kind }) => `${kind} ${formatPath(path)}`);

describe("the difference between inputs", () => {
  const cases: Record<string, [Properties, Properties, string[]]> = {
    nothing: [{ a: { b: [1] } }, { a: { b: [1] } }, []],
    "a changed leaf": [{ a: { b: 1 } }, { a: { b: 2 } }, ["update a.b"]],
    "a new branch, at its root": [{}, { a: { b: { c: 1 } } }, ["add a"]],
    "a branch that goes, at its root": [{ a: { b: 1 } }, {}, ["delete a"]],
    "an item more": [{ l: [1] }, { l: [1, 2] }, ["add l[1]"]],
    "an item less": [{ l: [1, 2] }, { l: [1] }, ["delete l[1]"]],
    "inside an item": [{ l: [{ n: "a" }] }, { l: [{ n: "b" }] }, ["update l[0].n"]],
    "another type": [{ a: "1" }, { a: 1 }, ["update a"]],
    "null for nothing": [{ a: null }, {}, []],
    "a list for an object": [{ a: [] }, { a: {} }, ["update a"]],
    "a secret of the same value": [{ a: new Secret("x") }, { a: "x" }, []],
    "a secret of another value": [{ a: new Secret("x") }, { a: new Secret("y") }, ["update a"]],
    "what is not known yet": [{ a: "x" }, { a: unknown }, ["update a"]],
    "what was not known, and is not": [{ a: unknown }, { a: unknown }, ["update a"]],
    "keys that need quotes": [
      { "a.b/c": { "d[e]": 1 } },
      { "a.b/c": { "d[e]": 2 } },
      ['update ["a.b/c"]["d[e]"]'],
    ],
  };
  for (const [title, [olds, news, expected]] of Object.entries(cases)) {
    it(`finds ${title}`, () => {
      assert.deepEqual(shown(olds, news), expected);
    });
  }

  it("leaves out what is to be ignored", () => {
    const olds = { a: { b: 1, c: 1 }, l: [{ n: 1 }, { n: 1 }] };
    const news = { a: { b: 2, c: 2 }, l: [{ n: 2 }, { n: 2 }] };
    assert.deepEqual(shown(olds, news, ["a.b", "l[*].n"]), ["update a.c"]);
    assert.deepEqual(shown(olds, news, ["a", 'l[0]["n"]']), ["update l[1].n"]);
  });

  it("is empty exactly for equal values", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        assert.deepEqual(
          shown({ value } as Properties, structuredClone({ value }) as Properties),
          [],
        );
      }),
    );
  });
});

describe("paths", () => {
  it("come back as they went", () => {
    const step = fc.oneof(fc.stringMatching(/^[a-z./"[\]]{1,6}$/), fc.nat(20));
    fc.assert(
      fc.property(fc.array(step, { minLength: 1 }), (path) => {
        assert.deepEqual(parsePath(formatPath(path)).map(String), path.map(String));
      }),
    );
  });

  it("are at or below others", () => {
    assert.ok(isWithin(["a", 0, "b"], ["a"]));
    assert.ok(isWithin(["a", 0], parsePath("a[*]")));
    assert.ok(!isWithin(["a"], ["a", "b"]));
    assert.ok(!isWithin(["ab"], ["a"]));
  });
});
