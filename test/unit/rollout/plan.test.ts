import assert from "node:assert/strict";
import { goesOn } from "../../../src/rollout/plan";

describe("a release of what runs already", () => {
  const strategy = { kind: "blueGreen", form: "switch" } as const;
  const digest = `sha256:${"a".repeat(64)}`;
  const next = {
    digest: `sha256:${"b".repeat(64)}`,
    strategy,
    step: "beside",
  } as const;
  const override = { by: "ann", at: "2026-11-21T12:00:00Z", why: "it burns" };
  const [kept, filed] = ['{"port":8080}', '{"port":9090}'];
  const released = { by: "ann", at: "2026-11-21T12:00:00Z" };
  const target = { digest, settings: filed, released };
  const runs = { digest, settings: filed };

  it("leaves its record as it is written", () => {
    assert.deepEqual(goesOn(runs, runs, target), { found: runs, first: runs });
  });

  it("is allowed in a freeze by an override, and has nothing to go back to", () => {
    const through = { ...runs, override };
    const plan = goesOn(runs, runs, { ...target, override });
    assert.deepEqual(plan, { found: through, first: through });
  });

  it("takes the file's settings where it runs with others", () => {
    const pinned = { digest, settings: kept, pinned: true } as const;
    const plan = goesOn(pinned, pinned, { ...target, override });
    assert.deepEqual(plan, {
      found: pinned,
      first: { digest, settings: filed, released, override },
    });
  });

  it("continues where another is being rolled out, with its override for a freeze", () => {
    const under = { digest, settings: kept, next };
    const through = { ...under, override, next: { ...next, override } };
    assert.deepEqual(goesOn(under, under, target), { found: under, first: under });
    assert.deepEqual(goesOn(under, under, { ...target, override }).first, through);
  });

  const from = { commit: "abcdef0", author: "Ann <a@x>", branch: "main", config: "abcdef1" };
  const warrant = {
    promoted: { from: "uat", by: "Bob", at: released.at },
    approved: { by: "Eve", at: released.at },
  };
  for (const [what, written, told, says] of [
    [
      "takes over where it comes from",
      runs,
      { tag: "v2", ...from },
      { ...runs, tag: "v2", ...from },
    ],
    [
      "keeps what is known of where it comes from",
      { ...runs, tag: "v1", commit: "1234567", config: "1234568" },
      { tag: "v2", ...from },
      { ...runs, tag: "v1", commit: "1234567", config: "1234568" },
    ],
    ["takes over what allows it in", runs, warrant, { ...runs, ...warrant }],
    [
      "keeps its first approver",
      { ...runs, ...warrant },
      {
        promoted: { ...warrant.promoted, by: "Carol" },
        approved: { ...warrant.approved, by: "Carol" },
      },
      { ...runs, ...warrant },
    ],
    [
      "has another let in what somebody let in himself",
      {
        ...runs,
        author: "Eve <eve@x>",
        commit: "abcdef0",
        approved: { by: "eve@x", at: released.at },
      },
      { approved: { by: "Carol", at: released.at } },
      {
        ...runs,
        author: "Eve <eve@x>",
        commit: "abcdef0",
        approved: { by: "Carol", at: released.at },
      },
    ],
    [
      "takes it over for what is being rolled out",
      { ...runs, next },
      { ...from, ...warrant },
      { ...runs, next: { ...next, ...from, ...warrant } },
    ],
  ] as const) {
    it(what, () => {
      assert.deepEqual(goesOn(written, written, { ...target, ...told }).first, says);
    });
  }
});
