import assert from "node:assert/strict";
import { partsOf, provenanceOf, type Revisions } from "../../../src/build/revisions";
import type { WorkTree } from "../../../src/build/repository";

const code: WorkTree = {
  commit: "4f228a7c0ffee0123456789abcdef0123456789a",
  author: "lijing@shop.example",
  authored: "20220802-1655",
  branch: "develop",
  gitTag: "v1.0.0",
  dirty: false,
};
const config: WorkTree = { ...code, commit: "3fdd00f0123456789abcdef0123456789abcdef0" };
const detached: WorkTree = { ...code };
delete detached.branch;
const both = { code, config };

describe("what a version records of its origin", () => {
  const cases: [what: string, revisions: Revisions, told: object][] = [
    [
      "commits and author",
      both,
      { commit: code.commit, author: code.author, config: config.commit },
    ],
    [
      "no commit for changed code",
      { code: { ...code, dirty: true }, config },
      { config: config.commit },
    ],
    [
      "no commit for changed configuration",
      { code, config: { ...config, dirty: true } },
      { commit: code.commit, author: code.author },
    ],
    ["nothing without git", { code: undefined, config: undefined }, {}],
  ];
  for (const [what, revisions, told] of cases) {
    it(`is ${what}`, () => {
      assert.deepEqual(provenanceOf(revisions), told);
    });
  }
});

describe("what a tag is made of", () => {
  const cases: [
    what: string,
    args: [Revisions, Parameters<typeof partsOf>[1], NodeJS.ProcessEnv],
    branch: string | undefined,
    gitTag: string | undefined,
  ][] = [
    ["the branch that is checked out", [both, {}, {}], "develop", undefined],
    [
      "the branch that is checked out, whatever another pipeline says",
      [both, {}, { CI_COMMIT_BRANCH: "main", CI_COMMIT_TAG: "v9" }],
      "develop",
      undefined,
    ],
    [
      "a pipeline's branch where none is checked out",
      [{ ...both, code: detached }, {}, { CI_COMMIT_BRANCH: "release-1" }],
      "release-1",
      undefined,
    ],
    [
      "a pipeline's tag where none is checked out",
      [{ ...both, code: detached }, {}, { CI_COMMIT_TAG: "v1.2.0", GIT_BRANCH: "v1.2.0" }],
      undefined,
      "v1.2.0",
    ],
    [
      "the commit's own tag, failing all else",
      [{ ...both, code: detached }, {}, {}],
      undefined,
      "v1.0.0",
    ],
    [
      "no tag of a commit that the files differ from",
      [{ ...both, code: { ...detached, dirty: true } }, {}, {}],
      undefined,
      undefined,
    ],
    ["what was given", [both, { branch: "x" }, { CI_COMMIT_BRANCH: "main" }], "x", undefined],
    ["a tag that was given", [{ ...both, code: detached }, { gitTag: "v2" }, {}], undefined, "v2"],
  ];
  for (const [what, args, branch, gitTag] of cases) {
    it(`is ${what}`, () => {
      const parts = partsOf(...args);
      assert.deepEqual([parts.branch, parts.gitTag], [branch, gitTag]);
    });
  }

  it("is a version that was given before one of the pipeline", () => {
    const env = { VERSION: "v1", BUILD_ID: "7" };
    const { version, buildId } = partsOf(both, { version: "v2" }, env);
    assert.deepEqual([version, buildId], ["v2", "7"]);
  });
});
