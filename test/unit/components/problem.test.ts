import * as assert from "node:assert/strict";
import { formatProblems } from "../../../components/shared/problem";

describe("problems", () => {
  it("are reported all at once: where, given, allowed, fix", () => {
    const text = formatProblems("Stack test is refused", [
      { file: "projects/A.yaml:3", path: "port", given: 0, allowed: "a TCP port, 1 to 65535" },
      { path: "slipway:system", allowed: "a name", fix: "pulumi config set slipway:system sjzy" },
    ]);
    assert.equal(
      text,
      [
        "Stack test is refused: 2 problems",
        "  projects/A.yaml:3 → port",
        "    given:   0",
        "    allowed: a TCP port, 1 to 65535",
        "  slipway:system",
        "    allowed: a name",
        "    fix:     pulumi config set slipway:system sjzy",
      ].join("\n"),
    );
  });

  it("speaks of one problem in the singular", () => {
    assert.match(formatProblems("X", [{ path: "a", allowed: "b" }]), /^X: 1 problem\n/);
  });
});
