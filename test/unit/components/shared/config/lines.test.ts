import assert from "node:assert/strict";
import { lineFinder } from "../../../../../components/shared/config/lines";

const text = `# a comment
name: Web
env:
  A: 1
  B: { deep: [x, y] }
hosts:
  - one
  - two: 2
    more: 3
last: "quoted"
`;

describe("the line that a path is on", () => {
  const cases: [path: (string | number)[], line: number | undefined][] = [
    [["name"], 2],
    [["env"], 3],
    [["env", "A"], 4],
    [["env", "B", "deep", 1], 5],
    [["hosts", 0], 7],
    [["hosts", 1, "more"], 9],
    [["last"], 10],
    [["env", "missing"], 3],
    [["missing"], undefined],
    [[], undefined],
  ];
  const find = lineFinder(text);
  for (const [path, line] of cases) {
    it(`${path.join(".") || "the document"}: ${line ?? "none"}`, () => {
      assert.equal(find(path), line);
    });
  }
});
