import assert from "node:assert/strict";
import { moment } from "../../../components/shared/config/fields";
import { freezeProblems, openFreeze } from "../../../src/gates/freeze";
import { follows } from "../../../src/gates/patterns";
import { samePerson } from "../../../src/gates/people";
import { runningIn } from "../../../src/gates/running";

describe("patterns of branches and tags", () => {
  const cases: [pattern: string, name: string, expected: boolean][] = [
    ["vX.Y.Z[-hotfixN]", "v1.0.0", true],
    ["vX.Y.Z[-hotfixN]", "v10.20.30-hotfix2", true],
    ["vX.Y.Z[-hotfixN]", "v1.0", false],
    ["vX.Y.Z[-hotfixN]", "v1.0.0-hotfix", false],
    ["vX.Y.Z[-hotfixN]", "v01.0.0", false],
    ["vX.Y.Z[-hotfixN]", "v1x0x0", false],
    ["vX.Y.Z[-hotfixN]", "xv1.0.0", false],
    ["vX.Y.Z[-hotfixN]", "v1.0.0\n", false],
    ["develop", "develop", true],
    ["develop", "developer", false],
    ["release-*", "release-1.0.0", true],
    ["release-*", "release-", false],
    ["release-*", "my-release-1", false],
    ["Nightly-*", "Nightly-7", true],
    ["feature/*", "feature/a/b", true],
    ["a+(b)|c", "a+(b)|c", true],
  ];
  for (const [pattern, name, expected] of cases) {
    it(`${pattern} ${expected ? "takes" : "refuses"} ${JSON.stringify(name)}`, () => {
      assert.equal(follows(name, pattern), expected);
    });
  }
});

describe("one person", () => {
  const cases: [one: string, other: string, expected: boolean][] = [
    ["ann@shop.example", "Ann@SHOP.example", true],
    ["Ann Lee <ann@shop.example>", "ann@shop.example", true],
    ["Ann Lee <ann@shop.example>", "Ann Lee <ann@home.example>", true],
    ["Ann  Lee", " ann lee ", true],
    ["Ann Lee <ann@shop.example>", "Bob <bob@shop.example>", false],
    ["ann@shop.example", "ann@other.example", false],
    ["ann@shop.example", "Ann", true],
    ["Bob", "ann@shop.example", false],
    ["Ann <>", "ann", true],
    ["<ann@shop.example>", "Bob <ANN@shop.example>", true],
  ];
  for (const [one, other, expected] of cases) {
    it(`${one} ${expected ? "is" : "is not"} ${other}`, () => {
      assert.equal(samePerson(one, other), expected);
      assert.equal(samePerson(other, one), expected);
    });
  }
});

describe("freezes", () => {
  const weekend = { from: "Fri 18:00", to: "Mon 08:00", zone: "Asia/Shanghai", why: "weekend" };
  const feast = { from: "2026-12-24T12:00:00Z", to: "2026-12-27T00:00:00+08:00", why: "feast" };
  const paris = { from: "Mon 00:00", to: "Tue 00:00", zone: "Europe/Paris", why: "x" };
  // 2026-11-20 is a Friday; Shanghai is eight hours ahead of UTC.
  const cases: [
    title: string,
    window: typeof weekend | typeof feast,
    now: string,
    since?: string,
  ][] = [
    ["weekly: a minute before", weekend, "2026-11-20T09:59:59Z"],
    ["weekly: its first minute", weekend, "2026-11-20T10:00:00Z", "2026-11-20T10:00:00.000Z"],
    ["weekly: over Sunday", weekend, "2026-11-22T00:00:00Z", "2026-11-20T10:00:00.000Z"],
    ["weekly: its last minute", weekend, "2026-11-22T23:59:00Z", "2026-11-20T10:00:00.000Z"],
    ["weekly: its end", weekend, "2026-11-23T00:00:00Z"],
    [
      "weekly: in summer by the zone's clocks",
      paris,
      "2026-07-05T22:00:00Z",
      "2026-07-05T22:00:00.000Z",
    ],
    ["weekly: in winter by the zone's clocks", paris, "2026-12-06T22:30:00Z"],
    ["moments: before", feast, "2026-12-24T11:59:59Z"],
    ["moments: within", feast, "2026-12-26T15:59:59Z", "2026-12-24T12:00:00.000Z"],
    ["moments: the end, in the zone it is written in", feast, "2026-12-26T16:00:00Z"],
  ];
  for (const [title, window, now, since] of cases) {
    it(`${title}: ${since === undefined ? "open" : "frozen"}`, () => {
      assert.equal(openFreeze([window], new Date(now))?.since.toISOString(), since);
    });
  }

  it("are told as they are written", () => {
    const open = openFreeze([feast, weekend], new Date("2026-11-21T00:00:00Z"));
    assert.equal(open?.index, 1);
    assert.equal(open.text, "Fri 18:00 to Mon 08:00 (Asia/Shanghai): weekend");
  });

  const wrong: [title: string, window: object, told: string[]][] = [
    [
      "half by week",
      { ...weekend, to: feast.to },
      ["slipway:freeze.0.to", "a day and a time, as `from` is one"],
    ],
    [
      "half a moment",
      { ...feast, to: weekend.to },
      ["slipway:freeze.0.to", "a moment, as `from` is one"],
    ],
    [
      "without a zone",
      { ...weekend, zone: undefined },
      ["slipway:freeze.0.zone", "the time zone whose clocks count"],
    ],
    [
      "a zone that there is not",
      { ...weekend, zone: "Asia/Atlantis" },
      ["slipway:freeze.0.zone", "a time zone such as Asia/Shanghai or UTC"],
    ],
    [
      "no time at all",
      { ...weekend, to: weekend.from },
      ["slipway:freeze.0.to", "another time than `from`"],
    ],
    [
      "backwards",
      { ...feast, to: "2026-12-24T00:00:00Z" },
      ["slipway:freeze.0.to", "a moment after `from`"],
    ],
    [
      "a month that there is not",
      { ...feast, from: "2026-13-24T00:00:00Z" },
      ["slipway:freeze.0.from", "a day that exists"],
    ],
  ];
  for (const [title, window, told] of wrong) {
    it(`refuses ${title}`, () => {
      const document = { file: "Pulumi.uat.yaml", value: undefined, prefix: "slipway:" };
      const problems = freezeProblems(document, [window as typeof weekend]);
      assert.deepEqual(
        problems.map(({ path, allowed }) => [path, allowed]),
        [told],
      );
    });
  }
});

describe("moments", () => {
  const cases: [given: string, read: string | undefined][] = [
    ["2026-11-21T17:02:34Z", "2026-11-21T17:02:34Z"],
    ["2026-11-21T17:02:34.5+08:00", "2026-11-21T17:02:34.5+08:00"],
    ["2026-11-21 17:02:34 +0000 UTC", "2026-11-21T17:02:34Z"],
    ["2026-11-21 17:02:34 +0800 +0800", "2026-11-21T17:02:34+08:00"],
    ["2026-11-21", undefined],
    ["yesterday", undefined],
  ];
  for (const [given, read] of cases) {
    it(`${given} ${read === undefined ? "is none" : `is ${read}`}`, () => {
      assert.equal(moment.safeParse(given).data, read);
    });
  }
});

describe("what runs", () => {
  const deployment = (image: string) => ({
    type: "kubernetes:apps/v1:Deployment",
    outputs: {
      metadata: { labels: { "slipway/project": "Shop.Api" } },
      spec: { template: { spec: { containers: [{ image }] } } },
    },
  });
  const runs = runningIn({
    a: deployment("r:5000/shop.api@sha256:aa"),
    b: deployment("r:5000/shop.api@sha256:bb"),
    c: { ...deployment("r:5000/shop.api@sha256:cc"), type: "kubernetes:batch/v1:Job" },
    d: { type: "kubernetes:apps/v1:Deployment", outputs: {} },
  });

  it("is what Deployments of the project name, either slot", () => {
    assert.deepEqual(
      ["aa", "bb", "cc"].map((hex) => runs("Shop.Api", `sha256:${hex}`)),
      [true, true, false],
    );
    assert.equal(runs("Web", "sha256:aa"), false);
  });
});
