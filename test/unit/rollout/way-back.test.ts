import * as assert from "node:assert/strict";
import type { ReleaseRecord } from "../../../src/records/record";
import { advance, begin, retreat, type Rollout } from "../../../src/records/transitions";
import { A, Paper, blueGreen, failure, halves, old, rolling, target } from "../../support/paper";

describe("the rollout of a release", () => {
  it("reports what has failed if a rollback is no longer possible", async () => {
    const paper = new Paper(old, { 1: "failed" });
    paper.refuses = 2;
    const error = await failure(
      paper.runRollout({ first: begin(old, target, blueGreen), rollout: blueGreen }),
    );
    assert.match(
      error.message,
      /because failed[^]*taking it back was tried once and failed too:\nsomebody/,
    );
  });

  for (const [at, step] of [
    [1, "at step `beside`"],
    [2, "at step `switch`"],
    [3, "when"],
  ] as const) {
    it(`takes back what failed ${step}, once, and reports why`, async () => {
      const paper = new Paper(old, { [at]: "failed" });
      const walking = paper.runRollout({
        first: begin(old, target, blueGreen),
        rollout: blueGreen,
      });
      const { message, exitCode } = await failure(walking);
      assert.equal(exitCode, 1);
      assert.ok(message.startsWith(`P failed ${step}`), message);
      assert.match(message, /because failed/);
      assert.match(message, new RegExp(`taken back: P runs ${A} as before`));
      assert.deepEqual(paper.says, old);
      assert.equal(paper.log.at(-1), `P: back to ${A}`);
      assert.equal(paper.log.length, at + 1);
    });
  }

  for (const how of [rolling, blueGreen]) {
    it(`lets the restored version keep its settings, which the file has changed (${how.strategy.kind})`, async () => {
      const [mine, filed] = [{ settings: '{"port":8080}' }, { settings: '{"port":9090}' }];
      const found = { ...old, ...mine };
      const paper = new Paper(found, { 1: "failed" });
      const first = begin(found, { ...target, ...filed }, how);
      await failure(paper.runRollout({ first, rollout: how }));
      assert.deepEqual(paper.says, { ...found, pinned: true });
    });
  }

  for (const [at, step, over] of [
    [3, "switch", ["upgrade"]],
    [4, "follow", ["switch", "upgrade"]],
    [5, "the end", ["switch", "upgrade"]],
  ] as const) {
    it(`takes halves back from ${step} the way they came: dropped at once, the half that serves would go`, async () => {
      const paper = new Paper(old, { [at]: "failed" });
      const first = begin(old, target, halves);
      await failure(paper.runRollout({ first, rollout: halves }));
      const steps = paper.written.slice(at).map((record) => record?.next?.step ?? record?.digest);
      assert.deepEqual(steps, [...over, old.digest]);
      assert.deepEqual(paper.says, old);
      assert.equal(paper.log.length, at + over.length + 1);
    });
  }

  it("stops where a rollback fails, and goes no further on it", async () => {
    const paper = new Paper(old, { 3: "failed", 4: "failed" });
    const walking = paper.runRollout({ first: begin(old, target, halves), rollout: halves });
    assert.match((await failure(walking)).message, /was tried once and failed too/);
    assert.equal(paper.says?.next?.step, "upgrade");
  });

  it("allows a rollback in a freeze at every step of it", async () => {
    const override = { by: "Li", at: "2026-11-21T17:02:34Z", why: "back" };
    const paper = new Paper(old, { 3: "failed" });
    const first = begin(old, target, halves);
    await failure(paper.runRollout({ first, rollout: halves, excuse: () => ({ override }) }));
    const [upgrade, dropped] = paper.written.slice(3);
    assert.deepEqual(upgrade?.next?.override, override);
    assert.deepEqual(dropped, { ...old, override });
  });

  it("takes back a release without stages to the record before", async () => {
    const paper = new Paper(old, { 1: "failed" });
    await failure(paper.runRollout({ first: begin(old, target, rolling), rollout: rolling }));
    assert.deepEqual(paper.says, old);
  });

  it("asks the history what ran before, when a killed run has left no trace of it", async () => {
    const settled = begin(old, target, rolling);
    const paper = new Paper(settled, { 1: "failed" });
    const earlier = (): Promise<ReleaseRecord> => Promise.resolve(old);
    await failure(paper.runRollout({ first: settled, rollout: rolling, earlier }));
    assert.deepEqual(paper.says, old);
  });

  it("stays where it is when a repair of what runs fails", async () => {
    const settled = begin(old, target, rolling);
    const paper = new Paper(settled, { 1: "failed" });
    const earlier = (): Promise<"itself"> => Promise.resolve("itself");
    const { message } = await failure(
      paper.runRollout({ first: settled, rollout: rolling, earlier }),
    );
    assert.match(message, /nothing is taken back; the same command tries again/);
    assert.deepEqual(paper.written, [settled]);
  });

  it("stays where it is when nothing ever ran before", async () => {
    const settled = begin(undefined, target, rolling);
    const paper = new Paper(undefined, { 1: "failed" });
    const { message } = await failure(paper.runRollout({ first: settled, rollout: rolling }));
    assert.match(message, /no other version/);
    assert.equal(paper.log.length, 1);
  });

  it("does not come back to what a rollback leaves", async () => {
    const paper = new Paper(old, { 1: "failed" });
    const first = begin(old, target, rolling);
    const { message } = await failure(paper.runRollout({ first, rollout: rolling, final: true }));
    assert.match(
      message,
      /this was a rollback, so nothing is taken back: slipway status --stack uat/,
    );
    assert.deepEqual(paper.says, first);
  });

  it("tries to go back once, and then reports it; the file says where it was left, so that a rollback takes back this one", async () => {
    const first = begin(old, target, blueGreen);
    const paper = new Paper(old, { 2: "failed", 3: "failed" });
    const { message } = await failure(paper.runRollout({ first, rollout: blueGreen }));
    assert.match(
      message,
      /was tried once and failed too[^]*P is left incomplete, at step `switch`[^]*slipway rollback P --stack uat takes it back/,
    );
    assert.equal(paper.log.length, 3);
    assert.deepEqual(paper.says, advance(first, blueGreen));
  });

  it("is no older in its file than what the cluster was given last, or every command would take it for an old checkout", async () => {
    const released = { by: "ann", at: "2026-12-01T04:11:31Z" };
    for (const [rollout, ends] of [
      [blueGreen, { 2: "failed", 3: "failed" }],
      [rolling, { 1: "failed", 2: "failed" }],
    ] as const) {
      const paper = new Paper(old, ends);
      const first = begin(old, target, rollout);
      await failure(paper.runRollout({ first, rollout, excuse: () => ({ released }) }));
      assert.deepEqual(paper.says?.released, released);
      assert.deepEqual(paper.says.next?.released, first.next && released);
    }
  });

  for (const [what, first] of [
    ["is taken out", { ...old, removed: true }],
    ["is scaled", { ...old, replicas: 7 }],
    ["gets other settings", { ...old, settings: '{"port":1}' }],
  ] as const)
    it(`records what is to be restored, if a project ${what} and going back fails too`, async () => {
      const paper = new Paper(old, { 1: "failed", 2: "failed" });
      const { message } = await failure(paper.runRollout({ first, rollout: rolling }));
      assert.deepEqual(paper.says, old);
      assert.match(message, /then the same command tries again$/);
      assert.doesNotMatch(message, /slipway rollback/);
    });

  it("records how far it has come back, if the last step of that fails", async () => {
    const halves: Rollout = { ...rolling, strategy: { kind: "blueGreen", form: "halves" } };
    const first = begin(old, target, halves);
    let at = first;
    for (; at.next?.step !== "follow";) at = advance(at, halves);
    const back = retreat(at);
    const paper = new Paper(old, { 1: "failed", [back.length + 2]: "failed" });
    await failure(paper.runRollout({ first: at, found: at, rollout: halves }));
    assert.ok(back.length > 0);
    assert.equal(paper.says?.next?.step, back.at(-1)?.next?.step);
  });

  it("records the replaced version as the one to run, when going back fails too", async () => {
    const first = begin(old, target, rolling);
    const paper = new Paper(old, { 1: "failed", 2: "failed" });
    await failure(paper.runRollout({ first, rollout: rolling }));
    assert.deepEqual(paper.says, first);
  });

  it("stays at the step before, if the API server refuses the last one and the rollback alike", async () => {
    const first = begin(old, target, blueGreen);
    const paper = new Paper(old, { 3: "failed", 4: "failed" });
    paper.because = 'delete of Deployment web failed\ndeployments.apps "web" is forbidden: no';
    const { message } = await failure(paper.runRollout({ first, rollout: blueGreen }));
    assert.match(
      message,
      /neither by it nor by taking it back: P stays as it was at step `switch` .*, which is complete.*slipway rollback P/,
    );
    assert.deepEqual(paper.says, advance(first, blueGreen));
  });

  for (const [who, says] of [
    ["a right", 'deployments.apps "web" is forbidden: User "ci" cannot patch'],
    ["a quota", 'pods "web-1" is forbidden: exceeded quota: tiny'],
    ["a policy", 'admission webhook "policy.example" denied the request: not in this room'],
    ["a webhook that is away", 'failed calling webhook "policy.example": connection refused'],
  ] as const)
    it(`reports that nothing could be changed if ${who} refuses both directions alike`, async () => {
      const paper = new Paper(old, { 1: "failed", 2: "failed" });
      paper.because = `update of Deployment web failed\n${says}`;
      const walking = paper.runRollout({
        first: begin(old, target, blueGreen),
        rollout: blueGreen,
      });
      const { message } = await failure(walking);
      assert.match(message, new RegExp(`nothing was changed.*P runs ${A} as before`));
      assert.doesNotMatch(message, /look at the pods/);
      assert.deepEqual(paper.says, old);
    });
});
