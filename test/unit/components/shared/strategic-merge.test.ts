import * as pulumi from "@pulumi/pulumi";
import assert from "node:assert/strict";
import fc from "fast-check";
import { strategicMerge } from "../../../../components/shared/strategic-merge";

const pod = (...containers: object[]) => ({ spec: { containers } });
const [app, sidecar] = [
  { name: "app", image: "a", env: [{ name: "A", value: "1" }] },
  { name: "sidecar", image: "s" },
];

const cases: [title: string, object: unknown, patch: unknown, merged: unknown][] = [
  ["adds a key", { a: 1 }, { b: 2 }, { a: 1, b: 2 }],
  ["changes a key below others", { a: { b: 1, c: 2 } }, { a: { b: 3 } }, { a: { b: 3, c: 2 } }],
  ["takes out by null", { a: 1, b: 2 }, { a: null }, { b: 2 }],
  ["makes a mapping that is not there", {}, { a: { b: { c: 1 } } }, { a: { b: { c: 1 } } }],
  ["drops a null of what is not there", {}, { a: { b: null } }, { a: {} }],
  [
    "replaces a mapping when told",
    { a: { b: 1 } },
    { a: { $patch: "replace", c: 2 } },
    { a: { c: 2 } },
  ],
  ["takes out a mapping when told", { a: { b: 1 }, c: 1 }, { a: { $patch: "delete" } }, { c: 1 }],
  ["replaces lists without names", { args: ["a", "b"] }, { args: ["c"] }, { args: ["c"] }],
  [
    "merges containers by name",
    pod(app, sidecar),
    pod({ name: "app", env: [{ name: "B", value: "2" }] }),
    pod({ ...app, env: [...app.env, { name: "B", value: "2" }] }, sidecar),
  ],
  [
    "changes a variable",
    pod(app),
    pod({ name: "app", env: [{ name: "A", value: "2" }] }),
    pod({ ...app, env: [{ name: "A", value: "2" }] }),
  ],
  [
    "adds a container",
    pod(app),
    pod({ name: "new", image: "n" }),
    pod(app, { name: "new", image: "n" }),
  ],
  [
    "takes a container out",
    pod(app, sidecar),
    pod({ name: "sidecar", $patch: "delete" }),
    pod(app),
  ],
  ["takes out none that is not there", pod(app), pod({ name: "x", $patch: "delete" }), pod(app)],
  [
    "replaces a list when told",
    pod(app, sidecar),
    pod({ $patch: "replace" }, { name: "n" }),
    pod({ name: "n" }),
  ],
  [
    "merges a Service's ports by port",
    { ports: [{ port: 80, name: "http" }] },
    { ports: [{ port: 80, appProtocol: "h2c" }, { port: 81 }] },
    { ports: [{ port: 80, name: "http", appProtocol: "h2c" }, { port: 81 }] },
  ],
  [
    "merges a container's ports by number",
    { ports: [{ containerPort: 80, name: "http" }] },
    { ports: [{ containerPort: 80, hostPort: 80 }] },
    { ports: [{ containerPort: 80, name: "http", hostPort: 80 }] },
  ],
  [
    "replaces tolerations",
    { tolerations: [{ key: "a" }] },
    { tolerations: [{ key: "b" }] },
    { tolerations: [{ key: "b" }] },
  ],
  ["keeps a text as it is written", {}, { a: "1.10" }, { a: "1.10" }],
];

describe("a strategic-merge patch", () => {
  for (const [title, object, patch, merged] of cases) {
    it(title, () => {
      const before = JSON.stringify([object, patch]);
      assert.deepEqual(strategicMerge(object, patch), merged);
      assert.equal(JSON.stringify([object, patch]), before, "its inputs are as they were");
    });
  }

  it("changes nothing that is empty, and nothing the second time", () => {
    const json = fc.jsonValue().filter((value) => !/null|__proto__/.test(JSON.stringify(value)));
    const mapping = fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), json, {
      noNullPrototype: true,
    });
    fc.assert(
      fc.property(mapping, mapping, (object, patch) => {
        assert.deepEqual(strategicMerge(object, {}), object);
        const once = strategicMerge(object, patch);
        assert.deepEqual(strategicMerge(once, patch), once);
      }),
    );
  });

  it("waits for values that only the engine knows, which stay secret", async () => {
    const merged = strategicMerge(
      { spec: pulumi.secret({ a: 1 }), image: pulumi.output("kept") },
      { spec: { b: 2 } },
    ) as { spec: pulumi.Output<unknown>; image: pulumi.Output<string> };
    assert.equal(await pulumi.isSecret(merged.spec), true);
    const spec = await new Promise((done) => merged.spec.apply(done));
    assert.deepEqual(spec, { a: 1, b: 2 });
  });
});
