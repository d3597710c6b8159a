import * as assert from "node:assert/strict";
import { compatible } from "../../../sandbox/engine";

describe("engine", () => {
  const cases: [version: string, wanted: string, fits: boolean][] = [
    ["4.32.0", "4.32.0", true],
    ["4.33.0", "4.32.0", true],
    ["4.32.1", "4.32.0", true],
    ["4.31.9", "4.32.0", false],
    ["5.0.0", "4.32.0", false],
    ["3.246.0", "4.32.0", false],
    ["3.300.0-dev.1", "3.246.0", true],
    ["1.26.8", "1.26.0", true],
    ["1.25.9", "1.26.0", false],
    ["nonsense", "4.32.0", false],
  ];
  for (const [version, wanted, fits] of cases) {
    it(`${version} ${fits ? "serves" : "does not serve"} where ${wanted} is asked for`, () => {
      assert.equal(compatible(version, wanted), fits);
    });
  }
});
