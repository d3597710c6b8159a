import assert from "node:assert/strict";
import { inTurn } from "../../../src/cli/commands/release";
import type { ReleasePlan } from "../../../src/rollout/plan";

describe("several projects that are released by one command", () => {
  const plans = ["A", "B", "C"].map(
    (project) => ({ known: { project } }) as Pick<ReleasePlan, "known">,
  );
  const { error } = console;
  let told: string[];
  beforeEach(() => {
    told = [];
    console.error = (line: string) => told.push(line);
  });
  afterEach(() => {
    console.error = error;
  });

  it("come one after the other", async () => {
    const begun: string[] = [];
    const each = async ({ known }: Pick<ReleasePlan, "known">): Promise<string> => {
      begun.push(known.project);
      await new Promise(setImmediate);
      return `${known.project} of ${begun.join("")}`;
    };
    assert.deepEqual(await inTurn(plans, each), ["A of A", "B of AB", "C of ABC"]);
    assert.deepEqual(told, []);
  });

  for (const [fails, left] of [
    ["A", ["not begun: B, C"]],
    ["C", []],
  ] as const)
    it(`stop where ${fails} fails, and those behind it are named`, async () => {
      const each = ({ known: { project } }: Pick<ReleasePlan, "known">): Promise<void> =>
        project === fails ? Promise.reject(new Error("no")) : Promise.resolve();
      await assert.rejects(inTurn(plans, each), /no/);
      assert.deepEqual(told, left);
    });
});
