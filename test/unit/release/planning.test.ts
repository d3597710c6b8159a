import assert from "node:assert/strict";
import { goesOn } from "../../../src/release/planning";

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
  const coming = { settings: filed, released };
  const runs = { digest, settings: filed };

  it("leaves its record as it is written", () => {
    assert.deepEqual(goesOn(runs, runs, coming), { found: runs, first: runs });
  });

  it("is let through a freeze by an override, and has nothing to go back to", () => {
    const through = { ...runs, override };
    const plan = goesOn(runs, runs, { ...coming, override });
    assert.deepEqual(plan, { found: through, first: through });
  });

  it("takes the file's settings where it runs with others", () => {
    const pinned = { digest, settings: kept, pinned: true } as const;
    const plan = goesOn(pinned, pinned, { ...coming, override });
    assert.deepEqual(plan, {
      found: pinned,
      first: { digest, settings: filed, released, override },
    });
  });

  it("goes on where another is on its way, which needs no override", () => {
    const under = { digest, settings: kept, next };
    assert.deepEqual(goesOn(under, under, { ...coming, override }), { found: under, first: under });
  });
});
