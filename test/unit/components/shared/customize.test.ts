import assert from "node:assert/strict";
import { linesOf, pathsOf } from "../../../../components/shared/customize";

describe("the line of a patch", () => {
  it("names what it sets, elements of lists by their names", () => {
    const env = [{ name: "A", value: "1" }];
    const patch = {
      metadata: { annotations: { "a/b": "c", gone: null } },
      spec: { containers: [{ name: "app", env, args: ["x"] }], tolerations: [{ key: "k" }] },
    };
    assert.deepEqual(pathsOf(patch), [
      "metadata.annotations.a/b",
      "metadata.annotations.gone",
      "spec.containers[app].env[A].value",
      "spec.containers[app].args[0]",
      "spec.tolerations[0].key",
    ]);
  });

  it("names five of many objects", () => {
    const one = (name: string) => ({ key: "Service/*", patch: { a: 1 }, kind: "Service", name });
    assert.deepEqual(linesOf(["a", "b", "c", "d", "e", "f", "g"].map(one)), [
      "customized by Service/*: a of Service/a, Service/b, Service/c, Service/d, Service/e and 2 more",
    ]);
  });
});
