import * as assert from "node:assert/strict";
import { installBody, type Packages } from "../../../../../components/shared/machine/packages";
import { play } from "../../../../support/shell";

const programs = { haproxy: "haproxy", keepalived: "keepalived", ip: "iproute2" };
const repositories = ["https://mirror/one", "https://mirror/two"];

const commands = { "apt-get": "", "apt-mark": "", dnf: "", haproxy: "", keepalived: "", ip: "" };

describe("packages that a machine installs", () => {
  const names = "haproxy iproute2 keepalived";
  const table: [Packages["from"], string[], RegExp | undefined][] = [
    ["preinstalled", [], undefined],
    [
      "apt",
      ["apt-get -q update", `apt-get -q install --yes --no-install-recommends ${names}`],
      /\/etc\/apt\/sources\.list\.d\/slipway-edge\.list 'https:\/\/mirror\/one\nhttps/,
    ],
    [
      "dnf",
      [`dnf -q install -y ${names}`],
      /\/etc\/yum\.repos\.d\/slipway-edge\.repo '[^]*\[slipway-edge-1\]\nname=slipway-edge 1\nbaseurl=https:\/\/mirror\/two\nexclude=/,
    ],
  ];
  for (const [from, calls, file] of table) {
    it(`come from ${from}, and are looked for`, () => {
      const body = installBody("slipway-edge", { from, repositories }, programs);
      assert.deepEqual(play(body, commands), { calls, stdout: "", stderr: "", status: 0 });
      if (file === undefined) assert.doesNotMatch(body, /mirror/);
      else assert.match(body, file);
      const more = installBody("slipway-edge", { from, repositories }, { nowhere: "haproxy" });
      const { status, stderr } = play(more, commands);
      assert.deepEqual({ status, stderr }, { status: 1, stderr: "nowhere is not installed\n" });
    });
  }

  it("have a file of repositories for each thing that a machine is part of", () => {
    const of = (owner: string) =>
      installBody(owner, { from: "apt", repositories: ["deb http://mirror ./"] }, programs);
    assert.match(of("slipway"), /sources\.list\.d\/slipway\.list/);
    assert.doesNotMatch(of("slipway-edge"), /sources\.list\.d\/slipway\.list/);
  });
});
