import * as assert from "node:assert/strict";
import { closingLine, failureList, suiteTable, sum, testTable } from "../../../src/cli/rings";

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

  const results = [
    {
      passed: 3,
      failed: 0,
      skipped: 0,
      failures: [],
      suites: [
        { title: "quick", file: "test/unit/a.test.ts", tests: 2, seconds: 0.2 },
        { title: "slow", file: "test/unit/b.test.ts", tests: 1, seconds: 2 },
      ],
      tests: [
        { title: "quick one", seconds: 0.1 },
        { title: "slow one", seconds: 2 },
      ],
    },
    {
      passed: 1,
      failed: 1,
      skipped: 0,
      failures: [
        { title: "slowest two", file: "test/engine/c.test.ts", said: "2 is not 3\n\n+ 2\n- 3" },
      ],
      suites: [{ title: "slowest", file: "test/engine/c.test.ts", tests: 1, seconds: 65.4 }],
      tests: [{ title: "slowest one", seconds: 65.4 }],
    },
  ];
  /** Cells of a table, line by line, without its frame. */
  const cells = (text: string): string[][] =>
    text
      .split("\n")
      .filter((line) => line.startsWith("│"))
      .map((line) =>
        line
          .split("│")
          .slice(1, -1)
          .map((cell) => cell.trim()),
      );

  it("shows how long each suite took, slowest first, and the quick ones together", () => {
    assert.deepEqual(cells(suiteTable(results)).slice(1), [
      ["1:05", "1", "test/engine/c.test.ts", "slowest"],
      ["0:02", "1", "test/unit/b.test.ts", "slow"],
      ["0:00", "2", "1 more, of less than 1 s each", ""],
    ]);
  });

  it("repeats what failed, and where", () => {
    assert.equal(
      failureList(results),
      "failed: slowest two (test/engine/c.test.ts)\n  2 is not 3\n\n  + 2\n  - 3\n",
    );
  });

  it("names the slowest tests", () => {
    assert.deepEqual(cells(testTable(results, 2)).slice(1), [
      ["1:05", "slowest one"],
      ["0:02", "slow one"],
    ]);
  });
});
