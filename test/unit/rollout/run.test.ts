import * as assert from "node:assert/strict";
import { begin, retreat } from "../../../src/records/transitions";
import { A, B, Paper, blueGreen, canary, failure, halves, old, target } from "../../support/paper";

describe("the rollout of a release", () => {
  it("writes each stage and brings it about, up to the settled record", async () => {
    const paper = new Paper(old);
    const arrival = await paper.runRollout({
      first: begin(old, target, blueGreen),
      rollout: blueGreen,
    });
    assert.deepEqual(paper.log, [`P: ${B}, beside`, `P: ${B}, switch`, `P: ${B} serves`]);
    assert.equal(arrival.state, "settled");
    assert.deepEqual(paper.says, { ...target, slot: "b", strategy: blueGreen.strategy });
  });

  it("is allowed in a freeze that has begun since its first stage", async () => {
    const paper = new Paper(old);
    const override = { by: "ann", at: "2026-11-21T12:00:00Z", why: "under way" };
    const first = begin(old, target, blueGreen);
    await paper.runRollout({ first, rollout: blueGreen, onward: () => ({ override }) });
    const overrides = paper.written.map((one) => (one?.next ?? one)?.override);
    assert.deepEqual(overrides, [undefined, override, override]);
  });

  it("pauses at a canary for as long as its steps say", async () => {
    const paper = new Paper(old);
    const how = canary({ weight: 5, pause: 60 }, { weight: 50 });
    await paper.runRollout({ first: begin(old, target, how), rollout: how });
    const stages = [`P: ${B}, weight 5`, "60 s", `P: ${B}, weight 50`, `P: ${B}, switch`];
    assert.deepEqual(paper.log, [...stages, `P: ${B} serves`]);
  });

  describe("at a canary that waits for a person", () => {
    const how = canary({ weight: 5, pause: "approval" });
    const going = begin(old, target, how);
    const waiting = { ...going, next: going.next && { ...going.next, waiting: true } };

    it("stops and records that it waits, and continues when it is run again", async () => {
      const first = new Paper(old);
      const arrival = await first.runRollout({ first: going, rollout: how });
      assert.deepEqual(arrival, { record: waiting, state: "waiting" });
      assert.deepEqual(first.says, waiting);
      const paper = new Paper(waiting, {}, 0);
      assert.equal((await paper.runRollout({ first: waiting, rollout: how })).state, "settled");
      assert.deepEqual(paper.log, [`P: ${B}, weight 5`, `P: ${B}, switch`, `P: ${B} serves`]);
      assert.ok(paper.written.slice(1).every((each) => each?.next?.waiting === undefined));
    });

    it("stops again when the run before was killed, though the engine has ended the update", async () => {
      const paper = new Paper(going, {}, 0);
      assert.equal((await paper.runRollout({ first: going, rollout: how })).state, "waiting");
      assert.deepEqual(paper.log, [`P: ${B}, weight 5`]);
    });

    it("stops again where it was not complete", async () => {
      const again = await new Paper(waiting, {}, 1).runRollout({ first: waiting, rollout: how });
      assert.equal(again.state, "waiting");
    });
  });

  it("continues where a killed run stopped, at any step", async () => {
    const { strategy } = blueGreen;
    const switching = { ...old, next: { ...target, strategy, step: "switch" } };
    const paper = new Paper(switching);
    await paper.runRollout({ first: switching, rollout: blueGreen });
    assert.deepEqual(paper.log, [`P: ${B}, switch`, `P: ${B} serves`]);
    assert.deepEqual(paper.says, { ...target, slot: "b", strategy });
  });

  it("applies the records before the first one, and does not continue from there", async () => {
    const under = { ...old, next: { ...target, strategy: halves.strategy, step: "switch" } };
    const paper = new Paper(under);
    const over = retreat(under);
    const arrival = await paper.runRollout({ first: old, over, rollout: halves, final: true });
    assert.deepEqual(arrival, { record: old, state: "settled" });
    assert.deepEqual(paper.log, [`P: ${B}, upgrade`, `P: ${A} serves`]);
  });

  for (const kind of ["refused", "locked"] as const) {
    it(`leaves the file as it was when an update is ${kind}`, async () => {
      const first = begin(old, target, blueGreen);
      const paper = new Paper(old, { 1: kind });
      const { exitCode } = await failure(paper.runRollout({ first, rollout: blueGreen }));
      assert.equal(exitCode, 2);
      assert.deepEqual(paper.says, old);
      const later = new Paper(old, { 2: kind });
      await failure(later.runRollout({ first, rollout: blueGreen }));
      assert.deepEqual(later.says, first);
    });
  }

  it("leaves the step where the user has stopped it, and reports how to continue", async () => {
    const paper = new Paper(old, { 2: "interrupted" });
    const walking = paper.runRollout({ first: begin(old, target, blueGreen), rollout: blueGreen });
    const { message } = await failure(walking);
    assert.match(
      message,
      /at step `switch`.*the same command continues.*slipway rollback P --stack uat/s,
    );
    assert.equal(paper.says?.next?.step, "switch");
  });
});
