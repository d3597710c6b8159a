import fc from "fast-check";
import assert from "node:assert/strict";
import {
  chosenTagProblem,
  tagFormats,
  tagOf,
  type TagFormat,
  type TagParts,
} from "../../../src/build/tags";

const commit = "4f228a7c0ffee0123456789abcdef0123456789a";
const config = "3fdd00f0123456789abcdef0123456789abcdef0";

const parts: TagParts = {
  time: new Date(2022, 7, 2, 16, 59, 31),
  commit,
  authored: "20220802-1655",
  branch: "develop",
  config,
  version: "v1.2.0",
  buildId: "92",
  type: "master",
};

describe("tags of images", () => {
  const cases: [format: TagFormat, change: Partial<TagParts>, tag: string][] = [
    ["time", {}, "2022-08-02-16-59"],
    ["time", { time: new Date(2023, 0, 9, 4, 5) }, "2023-01-09-04-05"],
    ["branch", {}, "develop.4f228a7c"],
    ["branch", { branch: "feature/login page" }, "feature-login-page.4f228a7c"],
    ["branch", { branch: "功能" }, "b25f5ce57.4f228a7c"],
    ["branch", { branch: "-x" }, "x.4f228a7c"],
    ["branch", { branch: "b".repeat(200) }, `${"b".repeat(119)}.4f228a7c`],
    ["branch", { gitTag: "v1.2.0-hotfix1" }, "v1.2.0-hotfix1"],
    ["branch", { gitTag: "v1.2.0", branch: "", commit: "" }, "v1.2.0"],
    ["branch", { gitTag: "" }, "develop.4f228a7c"],
    ["commit", { branch: "master" }, "4f228a7.20220802-1655"],
    ["commit", { branch: "main" }, "4f228a7.20220802-1655"],
    ["commit", { branch: "" }, "4f228a7.20220802-1655"],
    ["commit", { branch: "feature/login" }, "4f228a7.20220802-1655-feature_login"],
    ["commit", { branch: "a".repeat(19) + "/bcd" }, `4f228a7.20220802-1655-${"a".repeat(19)}_`],
    ["build", {}, "v1.2.0-92-3fdd00f"],
    ["type", {}, "v1.2.0-master-3fdd00f"],
  ];
  for (const [format, change, tag] of cases) {
    it(`${format}, ${JSON.stringify(change)}: ${tag}`, () => {
      assert.deepEqual(tagOf(format, { ...parts, ...change }), { tag });
    });
  }

  const missing: [format: TagFormat, without: (keyof TagParts)[], named: string[]][] = [
    ["time", ["commit", "branch", "config", "version", "buildId", "type"], []],
    ["branch", ["branch"], ["branch"]],
    ["branch", ["branch", "commit"], ["branch", "commit"]],
    ["commit", ["commit", "authored"], ["commit", "authored"]],
    ["build", ["version", "buildId", "config"], ["version", "buildId", "config"]],
    ["type", ["version", "type", "config"], ["version", "type", "config"]],
  ];
  for (const unset of [undefined, ""]) {
    for (const [format, without, named] of missing) {
      const how = unset === undefined ? "missing" : "empty";
      it(`${format} with ${without.join(", ")} ${how} reports: ${named.join(", ") || "nothing"}`, () => {
        const change = Object.fromEntries(without.map((name) => [name, unset]));
        const result = tagOf(format, { ...parts, ...change });
        const told = "problems" in result ? result.problems : [];
        assert.deepEqual(
          told.map(({ part }) => part),
          named,
        );
        for (const { allowed, fix } of told) {
          assert.match(allowed, new RegExp(`format \`${format}\``));
          assert.ok(fix !== undefined && fix.length > 10);
        }
      });
    }
  }

  const refused: [format: TagFormat, change: Partial<TagParts>, part: string, said: RegExp][] = [
    ["branch", { gitTag: "latest" }, "tag", /`latest` does not say/],
    ["branch", { gitTag: "v1/2" }, "gitTag", /a git tag of letters, digits/],
    ["branch", { gitTag: "v1.2.0+3" }, "gitTag", /a git tag of letters, digits/],
    ["branch", { gitTag: "t".repeat(129) }, "tag", /at most 128/],
    ["branch", { gitTag: ".v1" }, "tag", /neither dot nor dash first/],
    ["build", { version: "1.2 final" }, "version", /a version of letters/],
    ["build", { buildId: "#92" }, "buildId", /a build number of letters/],
    ["type", { type: "pre/prod" }, "type", /a type of letters/],
    ["type", { version: "v".repeat(120) }, "tag", /at most 128/],
  ];
  for (const [format, change, part, said] of refused) {
    it(`${format} refuses ${JSON.stringify(change).slice(0, 60)}`, () => {
      const result = tagOf(format, { ...parts, ...change });
      assert.ok("problems" in result);
      assert.deepEqual(
        result.problems.map((problem) => problem.part),
        [part],
      );
      assert.match(result.problems[0]?.allowed ?? "", said);
    });
  }

  const text = fc.option(fc.string({ unit: "binary", maxLength: 150 }), { nil: undefined });
  const hex = fc.option(fc.stringMatching(/^[0-9a-f]{40}$/), { nil: undefined });
  const anything = fc.record({
    time: fc.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true }),
    commit: hex,
    authored: fc.option(fc.stringMatching(/^\d{8}-\d{4}$/), { nil: undefined }),
    config: hex,
    branch: text,
    gitTag: text,
    version: text,
    buildId: text,
    type: text,
  });

  it("are valid or refused with a reason, whatever they are made of", () => {
    fc.assert(
      fc.property(fc.constantFrom(...tagFormats), anything, (format, given) => {
        const result = tagOf(format, given);
        if ("problems" in result) return result.problems.length > 0;
        return /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/.test(result.tag) && result.tag !== "latest";
      }),
    );
  });

  it("are always there when commit, date and branch are, whatever the branch is called", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 1, maxLength: 300 }), (branch) =>
        (["time", "branch", "commit"] as const).every(
          (format) => "tag" in tagOf(format, { ...parts, branch }),
        ),
      ),
    );
  });

  it("of two commits of a branch are two", () => {
    const hash = fc.stringMatching(/^[0-9a-f]{40}$/);
    fc.assert(
      fc.property(hash, hash, fc.string({ minLength: 1 }), (one, two, branch) => {
        fc.pre(one.slice(0, 7) !== two.slice(0, 7));
        for (const format of ["branch", "commit"] as const) {
          const [a, b] = [one, two].map((id) => tagOf(format, { ...parts, branch, commit: id }));
          assert.notDeepEqual(a, b);
        }
      }),
    );
  });
});

describe("a tag that somebody chose", () => {
  it("may be any but latest and what no registry takes", () => {
    assert.equal(chosenTagProblem("v1.2.0"), undefined);
    assert.match(chosenTagProblem("latest")?.allowed ?? "", /does not move/);
    assert.match(chosenTagProblem("a b")?.allowed ?? "", /an image tag/);
    assert.match(chosenTagProblem("")?.allowed ?? "", /an image tag/);
  });
});
