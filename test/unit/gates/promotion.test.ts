import assert from "node:assert/strict";
import { refusalOf, type Differences } from "../../support/checkout";
import {
  good,
  at,
  proven,
  without,
  web,
  promoted,
  promote,
  withoutLine,
} from "../../support/gates";

/** The input, and every error line below the title. */
const refusals: [title: string, given: Differences, told: string[]][] = [
  [
    "promotion: from the stack itself",
    promoted({ ...proven, promoted: { ...proven.promoted, from: "uat" } }, { from: "uat" }),
    [
      "Pulumi.uat.yaml → slipway:promotion.from",
      'given:   "uat"',
      "allowed: another stack of this checkout: prod, test",
    ],
  ],
  [
    "promotion: from a stack that there is not",
    promoted({ ...proven, promoted: { ...proven.promoted, from: "tset" } }, { from: "tset" }),
    [
      "Pulumi.uat.yaml → slipway:promotion.from",
      'given:   "tset"',
      "allowed: another stack of this checkout: prod, test",
      "fix:     did you mean `test`?",
    ],
  ],
  [
    "promotion: a version that comes from nowhere",
    promoted(without(proven, "promoted")),
    [
      "Pulumi.uat.yaml → slipway:releases.Web.promoted",
      "allowed: a version that was promoted from test, as slipway:promotion asks",
      `fix:     ${promote}`,
    ],
  ],
  [
    "promotion: a version that comes from elsewhere",
    promoted({ ...proven, promoted: { ...proven.promoted, from: "prod" } }),
    [
      "Pulumi.uat.yaml → slipway:releases.Web.promoted",
      'given:   "prod"',
      "allowed: a version that was promoted from test, as slipway:promotion asks",
      `fix:     ${promote}`,
    ],
  ],
  [
    "promotion: a version that nobody verified",
    promoted({ ...proven, promoted: without(proven.promoted, "verified") }),
    [
      "Pulumi.uat.yaml → slipway:releases.Web.promoted",
      "allowed: a version that was verified in test",
      `fix:     slipway verify Web --stack test, then: ${promote}`,
    ],
  ],
  [
    "promotion: a version without a commit",
    promoted(without(proven, "commit")),
    [
      "Pulumi.uat.yaml → slipway:releases.Web.commit",
      "allowed: the commit of the project that it was built from",
      `fix:     ${promote}`,
    ],
  ],
  [
    "promotion: a tag that is no release's",
    promoted({ ...proven, tag: "release-1.0.0.abc1234" }),
    [
      "Pulumi.uat.yaml → slipway:releases.Web.tag",
      'given:   "release-1.0.0.abc1234"',
      "allowed: a release tag, vX.Y.Z[-hotfixN], that is on its commit",
      `fix:     tag the commit in git, then: ${promote}`,
    ],
  ],
  [
    "promotion: no tag",
    promoted(without(proven, "tag")),
    [
      "Pulumi.uat.yaml → slipway:releases.Web.tag",
      "allowed: a release tag, vX.Y.Z[-hotfixN], that is on its commit",
      `fix:     tag the commit in git, then: ${promote}`,
    ],
  ],
  [
    "promotion: approved by nobody",
    promoted(without(proven, "approved")),
    [
      "Pulumi.uat.yaml → slipway:releases.Web.approved",
      "allowed: somebody who approved it, other than its author, Ann <ann@shop.example>",
      "fix:     let somebody else run: slipway promote Web --from test --to uat",
    ],
  ],
  [
    "promotion: approved by its author, in other letters",
    promoted({ ...proven, approved: { by: "ANN@Shop.Example", at } }),
    [
      "Pulumi.uat.yaml → slipway:releases.Web.approved.by",
      'given:   "ANN@Shop.Example"',
      "allowed: somebody other than its author, Ann <ann@shop.example>",
      "fix:     let somebody else approve it",
    ],
  ],
  [
    "promotion: nobody knows the author",
    promoted(without(proven, "author")),
    [
      "Pulumi.uat.yaml → slipway:releases.Web.author",
      "allowed: the author of its commit, so that nobody approves what he wrote himself",
      `fix:     ${promote}`,
    ],
  ],
  [
    "branches: a build of another one",
    web({ digest: good, branch: "develop" }, { branches: ["release-*", "hotfix-*"] }),
    [
      "Pulumi.uat.yaml → slipway:releases.Web.branch",
      'given:   "develop"',
      "allowed: a build of one of the branches of uat: release-*, hotfix-*",
      "fix:     merge it there and build that, promote it from the stack before, or add the branch to slipway:branches",
    ],
  ],
  [
    "branches: a tag that tells the branch",
    web({ digest: good, tag: "develop.abc1234" }, { branches: ["release-*"] }),
    [
      "Pulumi.uat.yaml → slipway:releases.Web.tag",
      'given:   "develop"',
      "allowed: a build of one of the branches of uat: release-*",
      "fix:     merge it there and build that, promote it from the stack before, or add the branch to slipway:branches",
    ],
  ],
];

describe("promotion and branches: refused", () => {
  for (const [title, given, told] of refusals) {
    it(title, () => {
      const [head, ...lines] = refusalOf({ running: {}, ...given });
      assert.equal(head, "Stack uat is refused, nothing was changed: 1 problem");
      assert.deepEqual(lines.map(withoutLine), told);
    });
  }
});
