import * as assert from "node:assert/strict";
import { standingTable } from "../../../src/cli/commands/status";
import { standing, type Live } from "../../../src/release/standing";

const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;

const live = (app: string, slot: string, [ready, replicas]: [number, number], more = {}): Live => ({
  metadata: { name: app, labels: { app, "slipway/slot": slot, ...more } },
  spec: {
    replicas,
    template: { spec: { containers: [{ image: `harbor:8080/back/x@${digest("a")}` }] } },
  },
  status: { readyReplicas: ready },
});

describe("what runs where", () => {
  const at = "2026-11-21T17:02:34Z";
  const rows = standing(
    {
      Web: { digest: digest("b"), tag: "v1", slot: "b", verified: { by: "Li", at } },
      "Shop.Api": {
        ...{ digest: digest("c"), slot: "a" },
        next: { digest: digest("d"), strategy: { kind: "rolling" }, step: "prove" },
      },
      Gone: { digest: digest("e"), removed: true },
    },
    [
      live("web", "b", [1, 2]),
      live("shop-api", "a", [2, 2]),
      live("shop-api", "b", [0, 1]),
      live("built", "a", [1, 1], { "slipway/project": "Built" }),
      live("ingress", "", [1, 1]),
    ],
  );

  it("is told by project: records with their Deployments, and what has none of the two", () => {
    const rest = { slot: "a", step: "", verified: "" };
    assert.deepEqual(rows, [
      {
        ...rest,
        project: "Built",
        version: `${"a".repeat(12)} (from source)`,
        ready: 1,
        replicas: 1,
      },
      { ...rest, project: "Gone", version: "removed", slot: "", ready: 0, replicas: 0 },
      {
        ...{ ...rest, project: "Shop.Api", version: "c".repeat(12), ready: 2, replicas: 3 },
        step: `${"d".repeat(12)}: prove`,
      },
      {
        ...{ project: "Web", version: `v1 (${"b".repeat(12)})`, slot: "b", step: "" },
        ...{ ready: 1, replicas: 2, verified: at },
      },
    ]);
  });

  it("is a table", () => {
    assert.match(standingTable(rows), /│ Web +│ v1 \(b{12}\) +│ b +│ +│ 1\/2 +│ 2026-/);
  });
});
