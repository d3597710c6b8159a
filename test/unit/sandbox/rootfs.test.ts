import * as assert from "node:assert/strict";
import { parseDepends } from "../../../sandbox/images/rootfs";

describe("rootfs", () => {
  it("parses apt-cache's dependencies", () => {
    const text = [
      "nginx",
      "  Depends: libc6",
      " |Depends: libssl3",
      "  PreDepends: zlib1g",
      "  Depends: <virtual>",
      "    provider",
      "libc6",
      "  Depends: libgcc-s1",
      "<virtual>",
    ].join("\n");
    assert.deepEqual(
      parseDepends(text),
      new Map([
        ["nginx", ["libc6", "libssl3", "zlib1g"]],
        ["libc6", ["libgcc-s1"]],
      ]),
    );
  });
});
