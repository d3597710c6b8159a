import * as assert from "node:assert/strict";
import fc from "fast-check";
import { ApiError } from "../../../sandbox/plugins/kubernetes/api-error";
import { deletesFirst, judgeChanges } from "../../../sandbox/plugins/kubernetes/changes";
import { compare } from "../../../sandbox/plugins/rpc/diff";
import { formatPath, isWithin, parsePath } from "../../../sandbox/plugins/rpc/paths";
import { immutableFields } from "../../../sandbox/plugins/kubernetes/replace";
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

/** The server's refusal of an update, with causes as a real one (1.36) words them. */
const invalid = (...causes: { field: string; message: string }[]): ApiError =>
  new ApiError(422, JSON.stringify({ message: "it is invalid", details: { causes } }));

describe("what the server calls immutable", () => {
  const kind = { apiVersion: "networking.k8s.io/v1", kind: "IngressClass" };
  const cases: Record<string, [object, ApiError, string[]]> = {
    "is what it says so of": [
      kind,
      invalid({ field: "spec.controller", message: 'Invalid value: "x": field is immutable' }),
      ["spec.controller"],
    ],
    "is put in other words": [
      kind,
      invalid(
        { field: "value", message: "Forbidden: may not be changed in an update." },
        { field: "reclaimPolicy", message: "Forbidden: updates to reclaimPolicy are forbidden." },
        { field: "spec.clusterIPs[0]", message: 'Invalid value: ["a"]: may not change once set' },
        { field: "roleRef", message: "Invalid value: {}: cannot change roleRef" },
      ),
      ["value", "reclaimPolicy", "spec.clusterIPs[0]", "roleRef"],
    ],
    "is not what is merely wrong or forbidden": [
      kind,
      invalid(
        {
          field: "spec.replicas",
          message: "Invalid value: -1: must be greater than or equal to 0",
        },
        { field: "spec.a", message: "Forbidden: not allowed with this feature gate" },
      ),
      [],
    ],
    "is never taken from quota, admission or access rights": [
      kind,
      new ApiError(
        403,
        JSON.stringify({
          message: "forbidden: exceeded quota",
          details: { causes: [{ field: "spec", message: "field is immutable" }] },
        }),
      ),
      [],
    ],
    "does not cost a claim its volume": [
      { apiVersion: "v1", kind: "PersistentVolumeClaim" },
      invalid({ field: "spec", message: "Forbidden: spec is immutable after creation except …" }),
      [],
    ],
  };
  for (const [title, [object, error, expected]] of Object.entries(cases)) {
    it(title, () => {
      const fields = immutableFields(object as { apiVersion: string; kind: string }, error);
      assert.deepEqual(fields.map(formatPath), expected);
    });
  }
});

describe("changes judged", () => {
  const object = (spec: object, more: object = {}): Properties =>
    ({
      apiVersion: "example.invalid/v1",
      kind: "Valve",
      metadata: { name: "a" },
      spec,
      ...more,
    }) as Properties;
  const options = { enableConfigMapMutable: false, enableSecretMutable: false };
  const judge = async (
    olds: Properties,
    news: Properties,
    answer?: ApiError,
    state: Properties = {},
  ): Promise<string[]> => {
    const compared = { olds, news, state, ignored: [], namespaced: true };
    const judged = await judgeChanges(compared, options, () => Promise.resolve(answer));
    return judged.map(({ path, replaces }) => `${formatPath(path)}${replaces ? " replaces" : ""}`);
  };

  it("replace where the server says that the field is immutable", async () => {
    const answer = invalid({ field: "spec.size", message: "Invalid value: size is immutable" });
    const found = await judge(object({ size: 1, other: 1 }), object({ size: 2, other: 2 }), answer);
    assert.deepEqual(found, ["spec.size replaces", "spec.other"]);
  });

  it("update where another field than the changed one is refused", async () => {
    const answer = invalid({ field: "spec.size", message: "Invalid value: size is immutable" });
    assert.deepEqual(await judge(object({ other: 1 }), object({ other: 2 }), answer), [
      "spec.other",
    ]);
  });

  it("replace where the kind moved to another group", async () => {
    const moved = object({}, { apiVersion: "other.invalid/v1" });
    assert.deepEqual(await judge(object({}), moved), ["apiVersion replaces"]);
    const newer = object({}, { apiVersion: "example.invalid/v2" });
    assert.deepEqual(await judge(object({}), newer), ["apiVersion"]);
  });

  it("leave out what an imported object has and the program does not declare", async () => {
    const live = object({ size: 1, defaulted: true });
    assert.deepEqual(await judge(live, object({ size: 1 }), undefined, { __imported: true }), []);
    assert.deepEqual(await judge(live, object({ size: 1 })), ["spec.defaulted"]);
  });

  it("do not mind a namespace where the kind has none", async () => {
    const role = (metadata: object): Properties =>
      ({ apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata }) as Properties;
    const compared = {
      olds: role({ name: "a", namespace: "x" }),
      news: role({ name: "a" }),
      state: {},
      ignored: [],
    };
    const none = await judgeChanges({ ...compared, namespaced: false }, options, () =>
      Promise.resolve(undefined),
    );
    assert.deepEqual(none, []);
  });

  it("delete first only where old and new have one name, which the program gave", () => {
    const replaced = [{ path: ["spec"], kind: "update", replaces: true }] as const;
    const named = (metadata: object): Properties => ({ metadata }) as Properties;
    const first = (before: object, after: object): boolean =>
      deletesFirst({ olds: named(before), news: named(after), state: named(before) }, replaced);
    assert.ok(first({ name: "a", namespace: "n" }, { name: "a", namespace: "n" }));
    assert.ok(!first({ name: "a", namespace: "n" }, { name: "b", namespace: "n" }));
    assert.ok(!first({ name: "a", namespace: "n" }, { name: "a", namespace: "m" }));
    const auto = { name: "a", annotations: { "pulumi.com/autonamed": "true" } };
    assert.ok(!first(auto, auto));
  });
});
