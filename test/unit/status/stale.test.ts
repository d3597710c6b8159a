import assert from "node:assert/strict";
import { staleProblems, type Deployed } from "../../../src/status/stale";
import type { ReleaseRecord } from "../../../src/records/record";

const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;
const at = (day: number): string => `2026-11-0${day}T12:00:00Z`;
const said = (day: number): Pick<ReleaseRecord, "released"> => ({
  released: { at: at(day), by: "Li" },
});

/** A Deployment with the release time of its version. */
const deployed = (app: string, day: number, more: Record<string, string> = {}): Deployed => ({
  metadata: {
    labels: { app, "slipway/project": "Shop.Api" },
    annotations: { "slipway/released": `${at(day)} by Han Mei <han@shop.example>`, ...more },
  },
  spec: { template: { spec: { containers: [{ image: `harbor/back/x@${digest("b")}` }] } } },
});

describe("what an update of an old checkout would undo", () => {
  const record = { digest: digest("a"), ...said(2) };
  const next = { digest: digest("b"), strategy: { kind: "rolling" }, step: "prove" } as const;
  const cases: [what: string, record: ReleaseRecord | undefined, days: number[], stale: boolean][] =
    [
      ["the record that the cluster has", record, [2], false],
      ["a record that is later", { ...record, ...said(3) }, [2], false],
      ["a record that is earlier", record, [3], true],
      [
        "what is being rolled out, beside what serves",
        { ...record, next: { ...next, ...said(3) } },
        [2, 3],
        false,
      ],
      ["a record that knows nothing of what is being rolled out", record, [2, 3], true],
      ["a record without a time", { digest: digest("a") }, [1], true],
      ["no record", undefined, [1], true],
      ["nothing in the cluster that shows it", undefined, [], false],
    ];
  for (const [what, own, days, stale] of cases) {
    it(`${what}: ${stale ? "is told" : "nothing"}`, () => {
      const releases: Record<string, ReleaseRecord> = own === undefined ? {} : { "Shop.Api": own };
      const problems = staleProblems(
        { stack: "uat", releases, images: { projects: [] } },
        days.map((day) => deployed("shop-api", day)),
      );
      assert.deepEqual(
        problems.map(({ path }) => path),
        stale ? ["slipway:releases.Shop.Api"] : [],
      );
    });
  }

  it("names what was released, when and by whom, and the fixes", () => {
    const files = { stack: "uat", releases: { "Shop.Api": record }, images: { projects: [] } };
    const [problem] = staleProblems(files, [deployed("shop-api", 3, { "slipway/tag": "v2" })]);
    assert.deepEqual(problem, {
      file: "Pulumi.uat.yaml",
      path: "slipway:releases.Shop.Api",
      given: `a record of ${at(2)} by Li`,
      allowed: `the latest version that the stack has run: v2, of ${at(3)} by Han Mei <han@shop.example>`,
      fix: `git pull, then again; if this file is right all the same, its record needs: released: { at: ${at(3)}, by: "Han Mei <han@shop.example>" }`,
    });
  });

  it("ignores another's Deployment, and one of an earlier Slipway", () => {
    const bare: Deployed = { metadata: { labels: { app: "shop-api" } } };
    const files = { stack: "uat", releases: {}, images: { projects: [] } };
    assert.deepEqual(staleProblems(files, [bare, { metadata: {} }]), []);
  });
});

describe("what a removed project leaves in a stack", () => {
  const note: Deployed = {
    metadata: {
      labels: { app: "shop-api", "slipway/project": "Shop.Api", "slipway/removed": "true" },
      annotations: { "slipway/released": `${at(3)} by Li` },
    },
  };
  const record = { digest: digest("a"), ...said(2) };
  const here = [{ spec: { project: "Shop.Api" } }];
  const cases: [
    what: string,
    record: ReleaseRecord | undefined,
    declared: boolean,
    stale: boolean,
  ][] = [
    ["a record that still has it", record, true, true],
    ["a record without a time", { digest: digest("a") }, true, true],
    ["no record, and a file that is built from source", undefined, true, true],
    ["no record and no file", undefined, false, false],
    ["the record of its removal", { ...record, ...said(3), removed: true }, false, false],
    ["a record that brings it back", { ...record, ...said(4) }, true, false],
  ];
  for (const [what, own, declared, stale] of cases) {
    it(`${what}: ${stale ? "is told" : "nothing"}`, () => {
      const releases: Record<string, ReleaseRecord> = own === undefined ? {} : { "Shop.Api": own };
      const files = { stack: "uat", releases, images: { projects: declared ? here : [] } };
      const problems = staleProblems(files, [note, deployed("shop-api", 2)]);
      assert.deepEqual(
        problems.map(({ allowed }) => allowed),
        stale
          ? [`the latest change: the project was removed from the stack, on ${at(3)} by Li`]
          : [],
      );
    });
  }
});
