import * as assert from "node:assert/strict";
import { sandboxLine, statusTable } from "../../../src/cli/commands/status";
import { statusOf, type Live, type Sights } from "../../../src/status/projects";

const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;
const short = (letter: string): string => letter.repeat(12);

/** A Deployment with this many ready pods. */
const pods = (
  app: string,
  slot: string,
  [ready, replicas]: [number, number],
  more: { letter?: string; labels?: object; annotations?: Record<string, string> } = {},
): Live => ({
  kind: "Deployment",
  metadata: {
    name: app,
    labels: { app, "slipway/slot": slot, ...more.labels },
    annotations: more.annotations ?? {},
  },
  spec: {
    replicas,
    template: {
      spec: { containers: [{ image: `harbor:8080/back/x@${digest(more.letter ?? "a")}` }] },
    },
  },
  status: { readyReplicas: ready, unavailableReplicas: 0 },
});
const service = (app: string, slot?: string): Live => ({
  kind: "Service",
  metadata: { name: app, labels: { app }, annotations: {} },
  spec: { selector: { app, ...(slot === undefined ? {} : { "slipway/slot": slot }) } },
});

describe("what runs where", () => {
  const at = "2026-11-21T17:02:34Z";
  const rows = statusOf({
    stack: "uat",
    releases: {
      Web: { digest: digest("b"), tag: "v1", slot: "b", verified: { by: "Li", at } },
      "Shop.Api": {
        digest: digest("c"),
        slot: "a",
        next: { digest: digest("d"), strategy: { kind: "rolling" }, step: "prove" },
      },
      Gone: { digest: digest("e"), removed: true },
    },
    objects: [
      ...[pods("web", "b", [1, 2], { letter: "b", annotations: { "slipway/tag": "v1" } })],
      ...[service("web", "b"), service("shop-api", "a"), service("built")],
      pods("shop-api", "a", [2, 2], { letter: "c" }),
      pods("shop-api", "b", [0, 1], { letter: "d" }),
      pods("built", "a", [1, 1], { labels: { "slipway/project": "Built" } }),
      pods("ingress", "", [1, 1]),
    ],
  });

  it("is shown by project, as in the cluster", () => {
    const rest = { slot: "a", step: "", verified: "", differs: "" };
    assert.deepEqual(rows, [
      { ...rest, project: "Built", version: `${short("a")} (from source)`, ready: 1, replicas: 1 },
      { ...rest, project: "Gone", version: "removed", slot: "", ready: 0, replicas: 0 },
      {
        ...rest,
        project: "Shop.Api",
        version: short("c"),
        ready: 2,
        replicas: 3,
        step: `${short("d")}: prove`,
      },
      {
        ...rest,
        project: "Web",
        version: `v1 (${short("b")})`,
        slot: "b",
        ready: 1,
        replicas: 2,
        verified: at,
      },
    ]);
  });

  it("is a table", () => {
    assert.match(
      statusTable(rows),
      /│ Web +│ v1 \(b{12}\) +│ b +│ +│ 1\/2 +│ 2026-[^\n]+\n└[─┴]+┘$/,
    );
  });

  const web = { digest: digest("b"), slot: "b" } as const;
  const serving = [pods("web", "b", [2, 2], { letter: "b" }), service("web", "b")];
  const [healthy] = serving as [Extract<Live, { kind: "Deployment" }>, Live];
  const note: Live = {
    kind: "ConfigMap",
    metadata: {
      name: "web--removed",
      labels: { app: "web", "slipway/removed": "true" },
      annotations: { "slipway/released": `${at} by Li` },
    },
  };
  const released = { "slipway/released": `${at} by Li`, "slipway/tag": "v9" };
  const cases: [what: string, sights: Partial<Sights>, version: string, differs: RegExp][] = [
    ["all the same", { objects: serving }, short("b"), /^$/],
    ["a stack that was never updated", { objects: [] }, "-", /not applied yet; pulumi up/],
    [
      "what somebody has deleted",
      { objects: [], updated: { Web: digest("b") } },
      "-",
      /gone from the cluster; pulumi up --refresh -s uat$/,
    ],
    [
      "a Service that is gone",
      { objects: serving.slice(0, 1) },
      short("b"),
      /no Service selects it/,
    ],
    [
      "a Service that leads to the other slot",
      { objects: [serving[0] ?? service(""), service("web", "a")] },
      "-",
      /selects no pods/,
    ],
    [
      "a Service whose selector somebody has added to",
      {
        objects: [
          healthy,
          {
            ...service("web", "b"),
            spec: { selector: { app: "web", "slipway/slot": "b", hand: "y" } },
          } as Live,
        ],
      },
      short("b"),
      /^somebody has added hand to its Service's selector; pulumi up --refresh -s uat$/,
    ],
    [
      "a record that a killed run has written",
      { objects: [pods("web", "b", [2, 2]), service("web", "b")], updated: { Web: digest("a") } },
      short("a"),
      /the file says b{12}, which no update has applied; slipway release Web --digest sha256:b{64} --stack uat$/,
    ],
    [
      "an image that somebody has set by hand",
      { objects: [pods("web", "b", [2, 2]), service("web", "b")], updated: { Web: digest("b") } },
      short("a"),
      /changed in the cluster, the last update left b{12}/,
    ],
    [
      "a file that is older than what runs",
      { objects: [pods("web", "b", [2, 2], { annotations: released }), service("web", "b")] },
      `v9 (${short("a")})`,
      /this file is older: v9 came on 2026-11-21T17:02:34Z by Li; git pull/,
    ],
    [
      "pods of a version that do not come up while those before serve",
      {
        objects: [
          { ...healthy, status: { readyReplicas: 2, unavailableReplicas: 1 } },
          service("web", "b"),
        ],
      },
      short("b"),
      /^1 of its pods does not serve, .*app=web; slipway rollback Web --stack uat goes back$/,
    ],
    [
      "a namespace that somebody is deleting",
      { objects: serving, ending: "namespace shop-uat: it is being deleted" },
      short("b"),
      /^namespace shop-uat: it is being deleted$/,
    ],
    [
      "what somebody has scaled to nothing",
      {
        objects: [{ ...healthy, spec: { ...healthy.spec, replicas: 0 } }, service("web", "b")],
      },
      short("b"),
      /^scaled to 0, so nothing serves; pulumi up --refresh -s uat$/,
    ],
    [
      "a removed project, in an older file",
      { objects: [note] },
      "-",
      /this file is older: the project was removed on 2026-11-21T17:02:34Z by Li; git pull/,
    ],
    [
      "what the file has removed and still exists",
      { objects: serving, releases: { Web: { ...web, removed: true } } },
      short("b"),
      /removed in the file, but still in the cluster/,
    ],
  ];
  for (const [what, sights, version, differs] of cases) {
    it(`reports for ${what}: ${differs.source.slice(0, 30)}`, () => {
      const [row] = statusOf({ stack: "uat", releases: { Web: web }, objects: [], ...sights });
      assert.equal(row?.version, version);
      assert.match(row.differs, differs);
      const below = statusTable([row]).split("\n").at(-1) ?? "";
      assert.equal(below.startsWith("Web: "), row.differs !== "");
    });
  }
});

describe("what differs, below the table", () => {
  it("is reported once if it is the same for several", () => {
    const row = {
      version: "-",
      slot: "a",
      step: "",
      ready: 0,
      replicas: 1,
      verified: "",
      differs: "gone",
    };
    const rows = ["A", "B", "C"].map((project) => ({ ...row, project }));
    const [b] = rows.splice(1, 1, { ...row, project: "B", differs: "" });
    assert.ok(b !== undefined);
    assert.match(statusTable(rows), /\nA, C: gone$/);
  });
});

describe("the sandbox's line of a stack's status", () => {
  it("does not call a sandbox stopped that answers, whosever it is", () => {
    assert.equal(sandboxLine("stopped", "/s", undefined), "sandbox: stopped, state in /s");
    assert.equal(sandboxLine("ready", "/s", "/x.json"), "sandbox: ready, state in /s");
    assert.match(sandboxLine("stopped", "/s", "/x.json"), /^sandbox: ready, another.*\/x\.json$/);
  });
});
