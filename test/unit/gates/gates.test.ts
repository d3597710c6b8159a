import assert from "node:assert/strict";
import { readWith, refusalOf, type Differences } from "../../support/checkout";
import {
  good,
  bad,
  old,
  at,
  rejection,
  proven,
  without,
  otherStack,
  rejectedInTest,
  web,
  promoted,
  weekend,
  override,
  frozen,
  window,
  next,
  whoRejected,
  withoutLine,
} from "../../support/gates";

const hash = "c".repeat(64);

/** The input, and every error line below the title. */
const refusals: [title: string, given: Differences, told: string[]][] = [
  [
    "rejected here",
    web({ digest: bad, rejected: [rejection] }),
    [
      "Pulumi.uat.yaml → slipway:releases.Web.digest",
      `given:   "${bad}"`,
      `${whoRejected} uat on ${at}: it leaks`,
      `fix:     go back: slipway rollback Web --stack uat; or, once it is known to be good: slipway lift Web ${bad} --stack uat --why …`,
    ],
  ],
  [
    "rejected in another stack, under another tag",
    { ...web({ digest: bad, tag: "v9" }), files: rejectedInTest },
    [
      "Pulumi.uat.yaml → slipway:releases.Web.digest",
      `given:   "${bad}"`,
      `${whoRejected} test on ${at}: it leaks`,
      `fix:     go back: slipway rollback Web --stack uat; or, once it is known to be good: slipway lift Web ${bad} --stack test --why …`,
    ],
  ],
  [
    "rejected with the configuration that it has",
    web({ digest: bad, configHash: hash, rejected: [{ ...rejection, configHash: hash }] }),
    [
      "Pulumi.uat.yaml → slipway:releases.Web.digest",
      `given:   "${bad}"`,
      `${whoRejected} uat on ${at}: it leaks`,
      `fix:     go back: slipway rollback Web --stack uat; or, once it is known to be good: slipway lift Web ${bad} --stack uat --why …`,
    ],
  ],
  [
    "rejected and being rolled out, even if pods of it run",
    { ...web(next({ digest: bad })), files: rejectedInTest, running: { Web: [bad] } },
    [
      "Pulumi.uat.yaml → slipway:releases.Web.next.digest",
      `given:   "${bad}"`,
      `${whoRejected} test on ${at}: it leaks`,
      `fix:     take it back: slipway rollback Web --stack uat; or, once it is known to be good: slipway lift Web ${bad} --stack test --why …`,
    ],
  ],
  [
    "a rejection of another stack that cannot be read",
    { ...web({ digest: good }), files: otherStack("config:\n  rejected: [\n") },
    [
      "Pulumi.test.yaml:3",
      "allowed: one YAML document",
      "fix:     the parser says: deficient indentation",
    ],
  ],
  [
    "a rejection of another stack without a reason",
    {
      ...web({ digest: good }),
      files: otherStack(
        `config:\n  slipway:releases:\n    Web:\n      rejected:\n        - digest: ${bad}\n          by: ann\n          at: ${at}\n`,
      ),
    },
    [
      "Pulumi.test.yaml:4 → slipway:releases.Web.rejected.0.why",
      "allowed: why, in a few words",
      "fix:     it is missing: add `slipway:releases.Web.rejected.0.why`",
    ],
  ],
  [
    "freeze: an update",
    frozen({ digest: good }),
    [
      "Pulumi.uat.yaml → slipway:freeze.0",
      'given:   "2026-11-21T12:00:00.000Z"',
      `allowed: no update from ${window}`,
      "fix:     wait; or, for one version that cannot: slipway release PROJECT … --override --why … --stack uat",
    ],
  ],
  [
    "freeze: an override of last weekend",
    frozen({ digest: good, override: { ...override, at: "2026-11-15T11:00:00Z" } }),
    [
      "Pulumi.uat.yaml → slipway:freeze.0",
      'given:   "2026-11-21T12:00:00.000Z"',
      `allowed: no update from ${window}`,
      "fix:     wait; or, for one version that cannot: slipway release PROJECT … --override --why … --stack uat",
    ],
  ],
  [
    "freeze: what is not the version with an override, by a whole update",
    { ...frozen({ digest: good, override }), running: { "Shop.Api": [old] } },
    [
      "Pulumi.uat.yaml → slipway:freeze.0",
      'given:   "2026-11-21T12:00:00.000Z"',
      `allowed: no update from ${window}`,
      `fix:     wait; to release one version anyway, on its own: slipway release Web --digest ${good} --stack uat`,
    ],
  ],
  [
    "freeze: an update of a project beside the one with an override",
    { ...frozen({ digest: good, override }), only: "Shop.Api" },
    [
      "Pulumi.uat.yaml → slipway:freeze.0",
      'given:   "2026-11-21T12:00:00.000Z"',
      `allowed: no update from ${window}`,
      "fix:     wait; or, for one version that cannot: slipway release PROJECT … --override --why … --stack uat",
    ],
  ],
  [
    "freeze: a window that nobody can tell",
    web({ digest: good }, { freeze: [without(weekend, "zone")] }),
    [
      "Pulumi.uat.yaml → slipway:freeze.0.zone",
      "allowed: the time zone whose clocks count",
      "fix:     it is missing: add it, e.g. `zone: Asia/Shanghai`",
    ],
  ],
  [
    "freeze: no reason",
    web({ digest: good }, { freeze: [without(weekend, "why")] }),
    [
      "Pulumi.uat.yaml → slipway:freeze.0.why",
      "allowed: why, in a few words",
      "fix:     it is missing: add `slipway:freeze.0.why`",
    ],
  ],
];

describe("guards of a stack refuse", () => {
  for (const [title, given, told] of refusals) {
    it(title, () => {
      const [head, ...lines] = refusalOf({ running: {}, ...given });
      assert.equal(head, "Stack uat is refused, nothing was changed: 1 problem");
      assert.deepEqual(lines.map(withoutLine), told);
    });
  }

  it("a build without a known branch", () => {
    const commit = "0123456789abcdef0123456789abcdef01234567";
    const [head, ...told] = refusalOf({
      ...web({ digest: good, commit }, { branches: ["release-*"] }),
      running: {},
    });
    assert.match(head ?? "", /1 problem$/);
    assert.deepEqual(told.map(withoutLine), [
      "Pulumi.uat.yaml → slipway:releases.Web.branch",
      `given:   "commit ${commit}, of no branch that is checked out or said"`,
      "allowed: a build of one of the branches of uat: release-*",
      "fix:     say which it is built for, by --branch, or build from a branch that is checked out",
    ]);
  });

  it("everything at once", () => {
    const [head] = refusalOf({ ...promoted({ digest: bad }), files: rejectedInTest, running: {} });
    assert.equal(head, "Stack uat is refused, nothing was changed: 5 problems");
  });
});

describe("guards of a stack allow", () => {
  const lets: [title: string, given: Differences, warnings: RegExp[]][] = [
    [
      "a version that serves and was rejected since",
      { ...web({ digest: bad }), files: rejectedInTest, running: { Web: [bad] } },
      [
        /^Web runs a version that would be refused now; it stays unchanged[^]*slipway rollback Web --stack uat/,
      ],
    ],
    [
      "a version that serves and was rejected since, while another takes over from it",
      {
        ...web({ digest: bad, next: { digest: good, strategy: "blueGreen", step: "beside" } }),
        files: rejectedInTest,
        running: { Web: [bad] },
      },
      [],
    ],
    [
      "a rejected version of a removed project",
      { ...web({ digest: bad, removed: true }), files: rejectedInTest },
      [],
    ],
    ["what a rejected version is rolled back to", web({ digest: good, rejected: [rejection] }), []],
    ["a version that was promoted as it should be", promoted(proven), []],
    ["a hotfix", promoted({ ...proven, tag: "v1.0.0-hotfix1" }), []],
    [
      "what ran before the stack asked for promotion",
      { ...promoted({ digest: good }), running: { Web: [good] } },
      Array.from({ length: 4 }, () => /it stays unchanged/),
    ],
    [
      "an unverified version where that is not asked for",
      promoted({ ...proven, promoted: without(proven.promoted, "verified") }, { verified: false }),
      [],
    ],
    [
      "an author's own version where approval is not asked for",
      promoted(without(proven, "approved", "author"), { approval: false }),
      [],
    ],
    [
      "a branch of the stack",
      web({ digest: good, branch: "release-1.0.0" }, { branches: ["release-*"] }),
      [],
    ],
    [
      "a promoted version of any branch",
      web({ ...proven, branch: "develop" }, { branches: ["release-*"] }),
      [],
    ],
    [
      "a version from outside, of no branch",
      web({ digest: good, tag: "2022-08-08-14-40" }, { branches: ["release-*"] }),
      [],
    ],
    [
      "a preview in a freeze",
      { ...frozen({ digest: good }), preview: true },
      [/An update is refused[^]*no update from Fri 18:00/],
    ],
    ["an override in a freeze", { ...frozen({ digest: good, override }), only: "Web" }, []],
    [
      "what another project rolls out is rejected, and this update is limited",
      { ...web(next({ digest: bad })), files: rejectedInTest, only: "Shop.Api" },
      [],
    ],
    [
      "a release that was under way when the freeze began",
      { ...frozen(next({ digest: good })), only: "Web", running: { Web: [good, old] } },
      [],
    ],
  ];
  for (const [title, given, warnings] of lets) {
    it(title, () => {
      const settings = readWith({ running: {}, ...given });
      assert.equal(settings.warnings.length, warnings.length, settings.warnings.join("\n"));
      for (const [index, warning] of warnings.entries())
        assert.match(settings.warnings[index] ?? "", warning);
    });
  }
});
