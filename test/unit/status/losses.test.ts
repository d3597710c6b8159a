import assert from "node:assert/strict";
import { lossProblems, type Holding } from "../../../src/status/losses";
import type { Claim } from "../../../src/status/objects";

const where = { system: "sjzy", own: "sjzy-uat", controller: undefined, clusterWide: true };
const claim = (name: string, project: string, labels: object = {}): Claim => ({
  metadata: {
    name,
    namespace: "sjzy-uat",
    labels: {
      "app.kubernetes.io/managed-by": "slipway",
      "slipway/project": project,
      app: project.toLowerCase(),
      ...labels,
    },
  },
  spec: { resources: { requests: { storage: "2Gi" } } },
});
const live = {
  where,
  fresh: false,
  claims: new Map(
    [
      claim("shop.data", "Shop"),
      claim("shop.index", "Shop"),
      claim("mail.queue", "Mail"),
      claim("old.data", "Old"),
      { ...claim("shop.waiting", "Shop"), status: { phase: "Pending" } },
      claim("theirs.data", "Theirs", { "app.kubernetes.io/managed-by": "Helm" }),
    ].map((one) => [one.metadata.name, one] as const),
  ),
};
const urnOf = (name: string): string =>
  `urn:pulumi:uat::slipway::kubernetes:core/v1:PersistentVolumeClaim::${name}`;
const stateOf = (...names: string[]) => ({
  "urn:other": { type: "kubernetes:core/v1:Secret", outputs: { metadata: { name: "old.data" } } },
  ...Object.fromEntries(
    names.map((name) => [
      urnOf(name),
      {
        type: "kubernetes:core/v1:PersistentVolumeClaim",
        outputs: { metadata: { name, namespace: "sjzy-uat" } },
      },
    ]),
  ),
});
const all = stateOf(...live.claims.keys());

/** A stack whose one project has one of its two volumes left. */
const holding = {
  stack: "uat",
  storage: { keep: false },
  discard: [],
  removed: [],
  images: { projects: [{ name: "shop", claims: { data: {} } }] },
} as unknown as Holding;

describe("a volume that no file declares any more", () => {
  const cases: [
    title: string,
    more: Partial<Holding>,
    app: string | undefined,
    state: object,
    told: string[],
  ][] = [
    ["is not lost by an update", {}, undefined, all, ["shop.index", "mail.queue", "old.data"]],
    ["is not lost by a release of its project", {}, "shop", all, ["shop.index"]],
    ["is no business of a release of another", {}, "web", all, []],
    [
      "may go where it is named",
      { discard: ["PersistentVolumeClaim/shop.index", "PersistentVolumeClaim/old.data"] },
      undefined,
      all,
      ["mail.queue"],
    ],
    ["may go with a removed project", { removed: ["Mail", "Old"] }, undefined, all, ["shop.index"]],
    [
      "is nobody's once the stack has let go of it",
      {},
      undefined,
      stateOf("old.data"),
      ["old.data"],
    ],
  ];
  for (const [title, more, app, state, told] of cases) {
    it(title, async () => {
      const problems = await lossProblems(live, { ...holding, ...more }, app, () =>
        Promise.resolve(state as Readonly<Record<string, unknown>>),
      );
      const names = problems.map(({ given }) => /\/(\S+)/.exec(String(given))?.[1]);
      assert.deepEqual(names, told);
    });
  }

  it("is reported with its size and its project, and both fixes", async () => {
    const ask = () => Promise.resolve(all);
    const [lost] = await lossProblems(live, holding, "shop", ask);
    assert.deepEqual(lost, {
      file: "Pulumi.uat.yaml",
      path: "slipway:discard",
      given: "PersistentVolumeClaim/shop.index (2Gi, of Shop) is in no project's file any more",
      allowed:
        "volumes that are declared, those of projects that `slipway remove` has removed, and those that are named here",
      fix: "declare it again; or, to delete it with all that it holds, add `- PersistentVolumeClaim/shop.index`",
    });
    const [kept] = await lossProblems(live, { ...holding, storage: { keep: true } }, "shop", ask);
    assert.match(
      kept?.fix ?? "",
      /to leave it in the cluster .*: pulumi state unprotect 'urn:.*::shop\.index' --stack uat$/,
    );
  });

  it("is not left behind because the stack's namespace is called otherwise", async () => {
    const moved = { where: { ...where, own: "shop-uat" }, fresh: true, claims: new Map() };
    const ask = () => Promise.resolve(stateOf("shop.data"));
    const [lost, ...more] = await lossProblems(moved, holding, undefined, ask);
    assert.equal(more.length, 0);
    assert.match(String(lost?.given), /shop\.data is in namespace sjzy-uat, .* would use shop-uat/);
    const discard = ["PersistentVolumeClaim/shop.data"];
    assert.deepEqual(await lossProblems(moved, { ...holding, discard }, undefined, ask), []);
    const none = () => Promise.resolve({});
    assert.deepEqual(await lossProblems(moved, holding, undefined, none), [], "a new stack");
  });

  it("costs no look at the state where every volume is declared", async () => {
    const claims = new Map([["shop.data", claim("shop.data", "Shop")]]);
    const problems = await lossProblems({ where, fresh: false, claims }, holding, undefined, () =>
      assert.fail(),
    );
    assert.deepEqual(problems, []);
  });
});
