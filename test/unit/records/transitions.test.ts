import * as assert from "node:assert/strict";
import type { CanaryStep, Strategy } from "../../../components/app/rollout";
import {
  abort,
  advance,
  begin,
  beside,
  hear,
  nothingSaid,
  sameVersion,
  settle,
  withRejection,
  type Rollout,
} from "../../../src/records/transitions";
import { writeRecord } from "../../../src/records/written";
import type { ReleaseRecord } from "../../../src/records/record";

const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;
const old: ReleaseRecord = {
  digest: digest("a"),
  tag: "v1",
  commit: "abcdef0",
  replicas: 3,
  verified: { by: "Li", at: "2026-11-21T17:02:34Z" },
  rejected: [{ digest: digest("f"), why: "slow", by: "Li", at: "2026-11-21T17:02:34Z" }],
};
const target = {
  digest: digest("b"),
  tag: "v2",
  approved: { by: "Han", at: "2026-11-22T00:00:00Z" },
};

const rolling: Strategy = { kind: "rolling" };
const recreate: Strategy = { kind: "recreate" };
const blueGreen: Strategy = { kind: "blueGreen", form: "switch" };
const halves: Strategy = { kind: "blueGreen", form: "halves" };
const canary = (...steps: CanaryStep[]): Strategy => ({ kind: "canary", steps });
const rollout = (strategy: Strategy, more: Partial<Rollout> = {}): Rollout => ({
  strategy,
  checked: false,
  prepull: false,
  ...more,
});

/** Steps of a release, and the record at its end. */
function steps(record: ReleaseRecord | undefined, how: Rollout): [string[], ReleaseRecord] {
  const walked: string[] = [];
  let now = begin(record, target, how);
  for (; now.next !== undefined && walked.length < 20; now = advance(now, how)) {
    walked.push(now.next.step);
  }
  return [walked, now];
}

describe("the records of a release", () => {
  const twice = canary({ weight: 10 }, { weight: 10 }, { weight: 50 });
  for (const [what, how, current, expected, slot] of [
    ["rolling", rollout(rolling), rolling, [], "a"],
    ["rolling with a check", rollout(rolling, { checked: true }), rolling, ["prove"], "a"],
    ["rolling with a pull", rollout(rolling, { prepull: true }), rolling, ["pull"], "a"],
    ["recreate", rollout(recreate), rolling, [], "a"],
    ["blue-green", rollout(blueGreen), rolling, ["beside", "switch"], "b"],
    ["halves", rollout(halves), rolling, ["drain", "upgrade", "switch", "follow"], "a"],
    [
      "canary",
      rollout(canary({ weight: 5 }, { weight: 50 })),
      rolling,
      ["weight 5", "weight 50", "switch"],
      "b",
    ],
    [
      "a canary with a weight twice",
      rollout(twice),
      rolling,
      ["weight 10", "weight 50", "switch"],
      "b",
    ],
    ["blue-green that was halves", rollout(blueGreen), halves, ["drain", "beside", "switch"], "b"],
    ["rolling that was halves", rollout(rolling), halves, [], "a"],
  ] as const) {
    it(`of ${what} are those of its stages, and then settled`, () => {
      const [walked, settled] = steps({ ...old, strategy: current }, how);
      assert.deepEqual(walked, expected);
      const { replicas, rejected } = old;
      const { strategy } = how;
      assert.deepEqual(settled, { ...target, slot, strategy, replicas, rejected });
    });
  }

  it("go back to the other slot with the next blue-green release", () => {
    const [, settled] = steps({ ...old, slot: "b", strategy: blueGreen }, rollout(blueGreen));
    assert.equal(settled.slot, "a");
  });

  it("are settled at once where nothing runs, or only the configuration is new", () => {
    const nothing = { slot: "a", strategy: blueGreen, ...target };
    assert.deepEqual(steps(undefined, rollout(blueGreen)), [[], nothing]);
    const { replicas, rejected } = old;
    const removed = steps({ ...old, removed: true }, rollout(blueGreen));
    assert.deepEqual(removed, [[], { ...nothing, replicas, rejected }]);
    const same = { ...old, digest: target.digest, configHash: "0".repeat(64) };
    assert.deepEqual(steps(same, rollout(blueGreen))[0], []);
  });

  it("keep the verdicts on the old version as long as it serves", () => {
    const under = begin(old, target, rollout(blueGreen));
    assert.deepEqual(abort(under), { ...old, slot: "a" });
    assert.deepEqual(
      { ...under, next: undefined, slot: undefined },
      { ...old, next: undefined, slot: undefined },
    );
  });

  it("continue with the first stage when the settings have lost the one it was at", () => {
    const how = rollout(rolling, { prepull: true, checked: true });
    const proving = advance(begin(old, target, how), how);
    assert.equal(proving.next?.step, "prove");
    assert.equal(advance(proving, rollout(rolling)).next, undefined);
    const pulling = begin(old, target, rollout(blueGreen, { prepull: true }));
    assert.equal(advance(pulling, rollout(blueGreen)).next?.step, "beside");
  });

  it("settle from any step, and a settled one stays", () => {
    const under = begin(old, target, rollout(blueGreen));
    assert.equal(settle(under).slot, "b");
    assert.deepEqual(settle(settle(under)), settle(under));
  });

  it("name a rejected version once, with its first reason", () => {
    const rejection = {
      digest: digest("c"),
      why: "wrong sums",
      by: "Li",
      at: "2026-11-21T17:02:34Z",
    };
    const once = withRejection(old, rejection);
    assert.deepEqual(once.rejected, [...(old.rejected ?? []), rejection]);
    assert.deepEqual(withRejection(once, { ...rejection, why: "?" }), once);
  });

  describe("beside what others say meanwhile", () => {
    const rejection = (letter: string) => ({
      digest: digest(letter),
      why: "slow",
      by: "Li",
      at: "2026-11-21T17:02:34Z",
    });
    const says = (record: ReleaseRecord, mine?: ReleaseRecord, theirs?: ReleaseRecord) =>
      beside(record, hear(nothingSaid, mine, theirs) ?? assert.fail("it was changed"));
    const moved = begin(old, target, rollout(blueGreen));

    it("are written unchanged if nobody has written anything", () => {
      assert.deepEqual(says(moved, old, structuredClone(old)), moved);
      assert.deepEqual(says(moved), moved);
    });

    it("have what was rejected or lifted since, and what the rollout itself rejects", () => {
      const theirs = { ...old, rejected: [rejection("b")], lifted: [rejection("f")] };
      assert.deepEqual(says(moved, old, theirs), {
        ...moved,
        rejected: [rejection("b")],
        lifted: [rejection("f")],
      });
      const own = withRejection(moved, rejection("c"));
      const digests = says(own, old, theirs).rejected?.map((one) => one.digest);
      assert.deepEqual(digests, [digest("b"), digest("c")]);
    });

    it("do not have what the rollout itself has rejected, if it is taken back", () => {
      const rejecting = withRejection({ ...old, digest: digest("b") }, rejection("a"));
      assert.deepEqual(says(old, rejecting, rejecting), old);
      const lifted = { ...rejecting, rejected: [rejection("a")], lifted: [rejection("f")] };
      assert.deepEqual(says(old, rejecting, lifted).rejected, []);
    });

    it("have the proof of what serves on", () => {
      const verified = { by: "Han", at: "2026-11-22T00:00:00Z" };
      const theirs = { ...old, verified };
      assert.deepEqual(says(moved, old, theirs).verified, verified);
      assert.deepEqual(says({ ...moved, verified: undefined }, theirs, theirs).verified, verified);
      const settled = settle(moved);
      assert.equal(says(settled, moved, { ...moved, verified }).verified, undefined);
    });

    for (const [what, theirs] of [
      ["another version", { ...old, digest: digest("d") }],
      ["another number of pods", { ...old, replicas: 4 }],
      ["a release under way", moved],
      ["no record", undefined],
    ] as const)
      it(`are not written over ${what}`, () => {
        assert.equal(hear(nothingSaid, old, theirs), undefined);
      });
  });

  it("name an image with another configuration besides, unless the image itself is named", () => {
    const one = { digest: digest("b"), why: "wrong", by: "Li", at: "2026-11-21T17:02:34Z" };
    const [c, d] = ["c", "d"].map((letter) => ({ ...one, configHash: letter.repeat(64) }));
    if (c === undefined || d === undefined) assert.fail();
    const named = (...all: (typeof one)[]) => all.reduce(withRejection, old).rejected?.slice(1);
    assert.deepEqual(named(c, d, c), [c, d]);
    assert.deepEqual(named(one, c), [one]);
  });

  it("distinguish versions by image and configuration", () => {
    const [x, y] = ["0".repeat(64), "1".repeat(64)];
    const a = { digest: digest("a") };
    assert.ok(sameVersion(a, { ...a, tag: "other" }));
    assert.ok(sameVersion({ ...a, configHash: x }, a));
    assert.ok(!sameVersion({ ...a, configHash: x }, { ...a, configHash: y }));
    assert.ok(!sameVersion(a, { digest: digest("b") }));
  });

  it("are written with keys in one order, however they came about", () => {
    const record = {
      next: { step: "beside", strategy: blueGreen, digest: digest("b") },
      strategy: canary({ weight: 10 }, { weight: 50 }),
      replicas: 2,
      tag: undefined,
      digest: digest("a"),
    };
    assert.equal(
      JSON.stringify(writeRecord(record)),
      JSON.stringify({
        digest: digest("a"),
        strategy: "canary",
        replicas: 2,
        next: { digest: digest("b"), strategy: "blueGreen", step: "beside" },
      }),
    );
  });

  describe("keep to each version what it runs with", () => {
    const [one, two] = ['{"port":8080}', '{"port":9090}'];
    const [a, b] = [
      { digest: digest("a"), settings: one },
      { digest: digest("b"), settings: two },
    ];
    it("a release without stages records what the previous version ran with", () => {
      const { settings, before, pinned } = begin(a, b, rollout(rolling));
      assert.deepEqual(
        { settings, before, pinned },
        { settings: two, before: a, pinned: undefined },
      );
    });
    it("one with stages has both until it is settled", () => {
      const begun = begin(a, b, rollout(blueGreen));
      assert.deepEqual([begun.settings, begun.next?.settings], [one, two]);
      const [, settled] = steps({ ...a, ...begun, next: undefined }, rollout(blueGreen));
      assert.equal(settled.before, undefined);
    });
    for (const [what, left, pinned] of [
      ["other settings", b, true],
      ["the same settings", { ...b, settings: one }, undefined],
      ["settings that nobody knows", { digest: b.digest }, true],
    ] as const) {
      it(`what serves on keeps its own when a release with ${what} is dropped`, () => {
        const dropped = abort(begin(a, left, rollout(blueGreen)));
        assert.deepEqual([dropped.settings, dropped.pinned], [one, pinned]);
      });
    }
    for (const [what, filed, pinned] of [
      ["has the same settings now", one, undefined],
      ["has other settings now", two, true],
    ] as const)
      it(`what serves on keeps its own where its file ${what}`, () => {
        const same = { ...b, settings: one };
        assert.equal(abort(begin(a, same, rollout(blueGreen)), filed).pinned, pinned);
      });
    it("a serving version is not pinned to settings that differ only in the probe's host name", () => {
      const [asked, other] = ["a.example", "b.example"].map((host) =>
        JSON.stringify({ port: 1, probes: { host } }),
      );
      const serves = { ...a, settings: asked ?? "" };
      const left = { ...b, settings: other ?? "" };
      assert.equal(abort(begin(serves, left, rollout(blueGreen)), other).pinned, undefined);
    });
    it("a version without settings of its own is not kept to any", () => {
      assert.equal(abort(begin({ digest: a.digest }, b, rollout(blueGreen))).pinned, undefined);
    });
    it("the next release ends that", () => {
      for (const how of [rollout(rolling), rollout(blueGreen)]) {
        let now = begin({ ...a, pinned: true }, b, how);
        while (now.next !== undefined) now = advance(now, how);
        assert.deepEqual([now.settings, now.pinned], [two, undefined]);
      }
    });
  });
});
