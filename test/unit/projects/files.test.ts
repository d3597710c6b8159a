import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readCatalogue } from "../../../src/projects/catalogue";
import { projectNames } from "../../../src/projects/files";

describe("the files of projects", () => {
  let checkout: string;
  const put = (name: string): string => join(checkout, "projects", name);
  beforeEach(() => {
    checkout = mkdtempSync(join(tmpdir(), "slipway-projects-"));
    mkdirSync(join(checkout, "projects"));
    writeFileSync(put("Web.yaml"), "name: Web\nkind: front\n");
  });
  afterEach(() => {
    rmSync(checkout, { recursive: true });
  });

  const strays: [what: string, leave: () => void][] = [
    [
      "an editor's lock, which is a link to nowhere",
      () => {
        symlinkSync("ann@pc.1", put(".#Web.yaml"));
      },
    ],
    [
      "a double of another system",
      () => {
        writeFileSync(put("._Web.yaml"), Buffer.from([0, 5, 22, 7]));
      },
    ],
    [
      "a folder",
      () => {
        mkdirSync(put("old.yaml"));
      },
    ],
  ];
  for (const [what, leave] of strays) {
    it(`are not ${what}`, () => {
      leave();
      assert.deepEqual(projectNames(checkout), ["Web"]);
      const { names, problems } = readCatalogue(checkout, ["uat"]);
      assert.deepEqual([names, problems], [["Web"], []]);
    });
  }

  it("are not passed over where one cannot be read: its project would be deleted", () => {
    symlinkSync("gone.yaml", put("Gone.yaml"));
    const { names, problems } = readCatalogue(checkout, ["uat"]);
    assert.deepEqual(names, ["Gone", "Web"]);
    assert.deepEqual(
      problems.map(({ file, fix }) => [file, fix]),
      [["projects/Gone.yaml", "it is a link that leads nowhere: remove it"]],
    );
  });

  it("are none where there is no folder", () => {
    assert.deepEqual(projectNames(join(checkout, "absent")), []);
  });
});
