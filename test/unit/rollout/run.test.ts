import * as assert from "node:assert/strict";
import type { CanaryStep, Strategy } from "../../../components/app/rollout";
import { UserError } from "../../../components/shared/problem";
import { EngineError, type Ending } from "../../../src/engine/error";
import { advance, begin, retreat, type Rollout } from "../../../src/records/transitions";
import { decide, runRollout, type RolloutResult, type RolloutPlan } from "../../../src/rollout/run";
import type { ReleaseRecord } from "../../../src/records/record";

const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;
const old: ReleaseRecord = { digest: digest("a"), slot: "a", strategy: { kind: "rolling" } };
const target = { digest: digest("b") };
const rollout = (strategy: Strategy): Rollout => ({ strategy, checked: false, prepull: false });
const blueGreen = rollout({ kind: "blueGreen", form: "switch" });
const halves = rollout({ kind: "blueGreen", form: "halves" });
const rolling = rollout({ kind: "rolling" });
const canary = (...steps: CanaryStep[]): Rollout => rollout({ kind: "canary", steps });

/** A simulated stack: the records written, the result of each update, and the waiting times. */
class Paper {
  readonly log: string[] = [];
  private readonly texts: (ReleaseRecord | undefined)[];

  constructor(
    found: ReleaseRecord | undefined,
    private readonly ends: Readonly<Record<number, Ending>> = {},
    private readonly changed = 1,
  ) {
    this.texts = [found];
  }

  /** After how many writes the file differs from the known record. */
  refuses?: number;

  /** The API server's refusal, before anything is changed. */
  because?: string;

  /** Everything that was written, in order. */
  get written(): readonly (ReleaseRecord | undefined)[] {
    return this.texts.slice(1);
  }

  get says(): ReleaseRecord | undefined {
    return this.texts.at(-1);
  }

  async runRollout(
    args: Partial<RolloutPlan> & Pick<RolloutPlan, "first" | "rollout">,
  ): Promise<RolloutResult> {
    let updates = 0;
    const all = {
      project: "P",
      stack: "uat",
      found: this.says,
      earlier: () => Promise.resolve(undefined),
      ...args,
    };
    return await runRollout(all, {
      save: (record) => {
        if (this.texts.length === this.refuses) throw new UserError("somebody was quicker", 2);
        this.texts.push(record);
      },
      undo: () => this.texts.pop(),
      update: (title) => {
        this.log.push(title);
        const end = this.ends[++updates];
        if (end !== undefined)
          return Promise.reject(
            new EngineError(
              end,
              this.because ?? `because ${end}`,
              undefined,
              this.because === undefined,
            ),
          );
        return Promise.resolve({ changed: this.changed });
      },
      pause: (seconds) => {
        if (seconds > 0) this.log.push(`${seconds} s`);
        return Promise.resolve();
      },
    });
  }
}

const failure = async (walking: Promise<unknown>): Promise<UserError> => {
  const error = await walking.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof UserError, String(error));
  return error;
};

const [A, B] = ["a".repeat(12), "b".repeat(12)];

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

  it("applies the records before the first one, and does not continue from there", async () => {
    const under = { ...old, next: { ...target, strategy: halves.strategy, step: "switch" } };
    const paper = new Paper(under);
    const over = retreat(under);
    const arrival = await paper.runRollout({ first: old, over, rollout: halves, final: true });
    assert.deepEqual(arrival, { record: old, state: "settled" });
    assert.deepEqual(paper.log, [`P: ${B}, upgrade`, `P: ${A} serves`]);
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
      /this was the way back, so nothing is taken back: slipway status --stack uat/,
    );
    assert.deepEqual(paper.says, first);
  });

  it("tries to go back once, and then reports it; the file says where it was left, so that a rollback takes back this one", async () => {
    const first = begin(old, target, blueGreen);
    const paper = new Paper(old, { 2: "failed", 3: "failed" });
    const { message } = await failure(paper.runRollout({ first, rollout: blueGreen }));
    assert.match(
      message,
      /was tried once and failed too[^]*P is left half way, at step `switch`[^]*slipway rollback P --stack uat takes it back/,
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
      /neither there nor back: P stays as it was at step `switch` .*, which is complete.*slipway rollback P/,
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
      assert.match(message, new RegExp(`nothing of it could be changed.*P runs ${A} as before`));
      assert.doesNotMatch(message, /look at the pods/);
      assert.deepEqual(paper.says, old);
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
      /at step `switch`.*the same command goes on.*slipway rollback P --stack uat/s,
    );
    assert.equal(paper.says?.next?.step, "switch");
  });
});

describe("what a wish for a version means", () => {
  const under = begin(old, target, blueGreen);
  const P = { project: "P", stack: "uat" };

  it("to begin, to continue, or nothing new", () => {
    assert.deepEqual(decide(P, undefined, target), { kind: "begin" });
    assert.deepEqual(decide(P, old, target), { kind: "begin" });
    assert.deepEqual(decide(P, { ...old, removed: true }, old), { kind: "begin" });
    assert.deepEqual(decide(P, old, { ...old, tag: "another" }), { kind: "same" });
    assert.deepEqual(decide(P, under, target), { kind: "resume", step: "beside" });
  });

  it("is refused while another version is being rolled out, naming both fixes", () => {
    assert.throws(
      () => decide(P, under, { digest: digest("c") }),
      (error: UserError) => {
        assert.equal(error.exitCode, 2);
        assert.match(
          error.message,
          /slipway release P --digest sha256:b+ --stack uat; .*slipway rollback P --stack uat$/m,
        );
        return true;
      },
    );
  });
});
