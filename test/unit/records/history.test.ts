import * as assert from "node:assert/strict";
import {
  historyLines,
  historyTable,
  noneText,
  versionOf,
  type HistoryLine,
} from "../../../src/cli/commands/history";
import {
  broughtAbout,
  changedProjects,
  inEffect,
  parseHistory,
  recordOf,
  servedVersions,
  signed,
} from "../../../src/records/history";

const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;
const short = (letter: string): string => letter.repeat(12);

/** An update as `pulumi stack history --json` prints it. */
const update = (releases: unknown, more: object = {}): object => ({
  version: 0,
  kind: "update",
  startTime: "2026-11-21T17:27:34.000Z",
  result: "succeeded",
  message: signed("slipway: P: it serves", "Li Lei <li@shop.example>"),
  environment: { "git.head": "0123456789abcdef", "git.dirty": "true", "git.committer": "Han" },
  config: { "slipway:releases": { value: "…", objectValue: releases, secret: false } },
  resourceChanges: { same: 9, update: 1 },
  ...more,
});
const under = { strategy: "blueGreen", step: "switch", digest: digest("c"), tag: "v3" };

/** The latest first, as in the engine. */
const printed = [
  update({ P: { digest: digest("b") }, Q: { digest: digest("f") } }, { result: "failed" }),
  update({ P: { digest: digest("a"), next: under }, Q: { digest: digest("f") } }),
  update({ P: { digest: digest("a"), tag: "v1" }, Q: { digest: digest("f") } }),
  update({ P: { digest: digest("0") } }, { kind: "refresh" }),
  update({ P: { digest: digest("9"), removed: true } }),
  update({ P: { digest: digest("8") } }),
];
/** Updates by others in the same stack. */
const foreign = [
  { kind: "update", startTime: "2020-01-01T00:00:00Z", message: "by hand", result: "succeeded" },
  { version: 3, config: { "aws:region": { value: "eu", secret: false } } },
  update({ P: "what?" }),
  update([1, 2]),
  update(undefined, { message: null, environment: null, resourceChanges: null, config: null }),
];

describe("the history of a stack", () => {
  it("reports of a project without any whether all of it was read", () => {
    const looked = { stack: "uat", looked: 20 };
    assert.equal(noneText("P", { ...looked, all: 20 }), "P: no release yet in stack uat");
    assert.match(noneText("P", { ...looked, all: 21 }), /none of the last 20 .* --limit/);
  });

  it("knows what was last applied: not what failed, nor what another project's update only wrote", () => {
    const [others, mine] = ["slipway: Q: it serves", "slipway: P: it serves"];
    const record = (letter: string): object => ({ P: { digest: digest(letter) } });
    const of = (...all: object[]): string | undefined =>
      broughtAbout(parseHistory(all), "P")?.digest;
    const written = update(record("d"), { message: others });
    assert.equal(of(written, update(record("c"), { result: "failed" })), undefined);
    assert.equal(of(written, update(record("b"), { message: mine })), digest("b"));
    assert.equal(of(written, update(record("a"), { message: "by hand" })), digest("a"));
    assert.equal(of(update(record("a"), { kind: "refresh" }), update(record("8"))), digest("8"));
  });

  it("offers none to go back to that another project's update only found written", () => {
    const record = (letter: string): object => ({ P: { digest: digest(letter) } });
    const served = servedVersions(
      parseHistory([
        update(record("b"), { message: "slipway: P: it serves" }),
        update(record("f"), { message: "slipway: Q: it serves" }),
        update(record("a"), { message: "by hand" }),
      ]),
      "P",
    );
    assert.deepEqual(
      served.map((one) => one.record.digest),
      [digest("b"), digest("a")],
    );
  });

  it("knows what a version ran with at its end, when the one after it took its place", () => {
    const [early, late, other] = ['{"port":1}', '{"port":2}', '{"port":3}'];
    const record = (letter: string, more: object) =>
      update({ P: { digest: digest(letter), ...more } });
    const entries = parseHistory([
      record("c", { settings: other, before: { digest: digest("b"), settings: late } }),
      record("b", { settings: early }),
      record("a", { settings: early }),
    ]);
    const settings = servedVersions(entries, "P").map((served) => served.record.settings);
    assert.deepEqual(settings, [other, late, early]);
  });

  it("shows who did what, and when", () => {
    const [entry] = parseHistory(printed);
    assert.equal(entry?.by, "Li Lei <li@shop.example>");
    assert.equal(entry.commit, "01234567+");
    assert.equal(entry.message, "slipway: P: it serves");
    assert.equal(parseHistory([update({}, { message: "" })])[0]?.by, "Han");
  });

  const versions = (releases: HistoryLine["releases"]): Record<string, string> =>
    Object.fromEntries(Object.entries(releases).map(([name, ran]) => [name, versionOf(ran)]));

  it("has whole records for programs", () => {
    const [, second] = historyLines(parseHistory(printed), { limit: 3 });
    const ran = second?.releases["P"];
    assert.ok(ran !== undefined && ran !== null && "digest" in ran);
    assert.match(ran.digest, /^sha256:[0-9a-f]{64}$/);
    assert.equal(ran.next?.step, "switch");
  });

  it("has a line for each update, with the projects whose records it changed", () => {
    const lines = historyLines(parseHistory(printed), { limit: 3 });
    assert.deepEqual(
      lines.map(({ result, releases }) => [result, versions(releases)]),
      [
        ["failed", { P: short("b") }],
        ["succeeded", { P: `${short("a")} → ${short("c")} (v3), switch` }],
        ["succeeded", { P: `${short("a")} (v1)`, Q: short("f") }],
      ],
    );
    assert.deepEqual(lines[0]?.changes, { update: 1 });
  });

  it("leaves out an older checkout's record of a project whose update was another's", () => {
    const [mine, others] = ["slipway: P: it serves", "slipway: Q: it serves"];
    const records = (p: string, q: string): object => ({
      P: { digest: digest(p) },
      Q: { digest: digest(q) },
    });
    const entries = inEffect(
      parseHistory([
        update(records("b", "9"), { message: "by hand" }),
        update(records("a", "9"), { message: others }),
        update(records("b", "8"), { message: mine }),
        update(records("a", "8"), { message: mine }),
      ]),
    );
    const of = (project: string): unknown[] =>
      historyLines(entries, { project, limit: 4 }).map(({ releases }) => versions(releases));
    assert.deepEqual(of("P"), [{ P: short("b") }, { P: short("a") }]);
    assert.deepEqual(of("Q"), [{ Q: short("9") }, { Q: short("8") }]);
  });

  it("names some of the projects that one update changed, and the number of the others", () => {
    const releases = Object.fromEntries(
      Array.from({ length: 1000 }, (_, index) => [
        `P${index}`,
        { digest: `sha256:${"a".repeat(64)}`, tag: "v1" },
      ]),
    );
    const [line] = historyLines(parseHistory(printed), { limit: 1 });
    assert.ok(line !== undefined);
    const text = historyTable([{ ...line, releases }], []);
    assert.match(text, /P6: .*\(v1\)/);
    assert.match(text, /and 993 more/);
    assert.doesNotMatch(text, /P7: /);
  });

  it("of a project leaves out what did not change it", () => {
    const lines = historyLines(parseHistory(printed), { project: "Q", limit: 9 });
    assert.deepEqual(
      lines.map(({ releases }) => versions(releases)),
      [{ Q: short("f") }],
    );
  });

  it("shows foreign updates, whatever they have left", () => {
    const entries = parseHistory(foreign);
    assert.equal(entries.length, foreign.length);
    const lines = historyLines(entries, { limit: 9 });
    assert.deepEqual(
      lines.map(({ kind, message, releases }) => [kind, message, versions(releases)]),
      [
        ["update", "by hand", {}],
        ["unknown", "", { P: "none" }],
        ["update", "slipway: P: it serves", { P: "unreadable" }],
        ["update", "slipway: P: it serves", {}],
        ["update", "", {}],
      ],
    );
    assert.deepEqual(parseHistory("nothing of the kind"), []);
    assert.equal(recordOf(entries[2] ?? assert.fail(), "P"), undefined);
  });

  it("knows the versions that served: each once, of updates that ended well", () => {
    const served = servedVersions(parseHistory([...printed, ...foreign, ...printed]), "P");
    assert.deepEqual(
      served.map(({ record }) => record.digest),
      [digest("a"), digest("8")],
    );
  });

  it("finds no change where only the order of updates is one", () => {
    const [, second, third] = parseHistory(printed);
    assert.deepEqual(changedProjects(third ?? assert.fail(), third), []);
    assert.deepEqual(changedProjects(second ?? assert.fail(), third), ["P"]);
  });
});
