import * as assert from "node:assert/strict";
import { closingLine, sum } from "../../../src/cli/rings";

describe("rings", () => {
  it("adds up what several runs counted", () => {
    const total = sum([
      { passed: 3, failed: 0, skipped: 1 },
      { passed: 4, failed: 2, skipped: 0 },
    ]);
    assert.deepEqual(total, { passed: 7, failed: 2, skipped: 1 });
  });

  it("ends with the plain line that CI reads", () => {
    assert.equal(
      closingLine({ passed: 1, failed: 2, skipped: 3 }),
      "1 passed, 2 failed, 3 skipped",
    );
  });
});
