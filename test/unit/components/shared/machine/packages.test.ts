import * as assert from "node:assert/strict";
import { installBody, type Packages } from "../../../../../components/shared/machine/packages";

const programs = { haproxy: "haproxy", keepalived: "keepalived", ip: "iproute2" };
const repositories = ["https://mirror/one", "https://mirror/two"];

describe("packages that a machine installs", () => {
  const table: [Packages["from"], RegExp[], RegExp | undefined][] = [
    ["preinstalled", [/^for program in haproxy keepalived ip; do/], /mirror|install -/],
    [
      "apt",
      [
        /\/etc\/apt\/sources\.list\.d\/slipway-edge\.list/,
        /apt-get -q update[^]*apt-get -q install .* haproxy iproute2 keepalived </,
      ],
      /dnf/,
    ],
    [
      "dnf",
      [
        /\/etc\/yum\.repos\.d\/slipway-edge\.repo/,
        /\[slipway-edge-1\]\nname=slipway-edge 1\nbaseurl=https:\/\/mirror\/two\nexclude=/,
        /dnf -q install -y haproxy iproute2 keepalived </,
      ],
      /apt/,
    ],
  ];
  for (const [from, holds, never] of table) {
    it(`come from ${from}, and are looked for`, () => {
      const body = installBody("slipway-edge", { from, repositories }, programs);
      for (const pattern of holds) assert.match(body, pattern);
      if (never !== undefined) assert.doesNotMatch(body, never);
      assert.match(body, /is not installed/);
    });
  }

  it("have a file of repositories for each thing that a machine is part of", () => {
    const of = (owner: string) =>
      installBody(owner, { from: "apt", repositories: ["deb http://mirror ./"] }, programs);
    assert.match(of("slipway"), /sources\.list\.d\/slipway\.list/);
    assert.doesNotMatch(of("slipway-edge"), /sources\.list\.d\/slipway\.list/);
  });
});
