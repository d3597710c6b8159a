import assert from "node:assert/strict";
import fc from "fast-check";
import {
  layoutOf,
  otherSlot,
  settledSlot,
  slots,
  stagesBack,
  stagesOf,
  type TrackLayout,
  type Slot,
  type Stage,
  type Strategy,
} from "../../../components/app/rollout";
import { stepOf } from "../../../src/projects/strategy";

const rolling: Strategy = { kind: "rolling" };
const recreate: Strategy = { kind: "recreate" };
const blueGreen: Strategy = { kind: "blueGreen", form: "switch" };
const halves: Strategy = { kind: "blueGreen", form: "halves" };
const canary: Strategy = { kind: "canary", steps: [{ weight: 10 }, { weight: 50, pause: 60 }] };

describe("stages of a release", () => {
  const cases: [Strategy, { checked?: true; prepull?: true; current?: Strategy }, string[]][] = [
    [rolling, {}, []],
    [rolling, { checked: true }, ["prove"]],
    [rolling, { prepull: true }, ["pull"]],
    [rolling, { checked: true, prepull: true }, ["pull", "prove"]],
    [rolling, { current: halves }, []],
    [rolling, { checked: true, current: halves }, ["drain", "prove"]],
    [recreate, {}, []],
    [recreate, { checked: true, prepull: true, current: halves }, ["pull"]],
    [blueGreen, { checked: true }, ["beside", "switch"]],
    [blueGreen, { current: halves }, ["drain", "beside", "switch"]],
    [blueGreen, { current: blueGreen }, ["beside", "switch"]],
    [halves, { prepull: true }, ["pull", "drain", "upgrade", "switch", "follow"]],
    [halves, { current: halves }, ["drain", "upgrade", "switch", "follow"]],
    [halves, { current: canary }, ["drain", "upgrade", "switch", "follow"]],
    [canary, {}, ["weight 10", "weight 50", "switch"]],
    [canary, { current: halves }, ["drain", "weight 10", "weight 50", "switch"]],
  ];
  for (const [strategy, more, steps] of cases) {
    it(`${JSON.stringify(strategy)} ${JSON.stringify(more)}: ${steps.join(", ") || "none"}`, () => {
      const stages = stagesOf({ strategy, checked: false, prepull: false, ...more });
      assert.deepEqual(stages.map(stepOf), steps);
    });
  }
});

describe("pods of a canary", () => {
  const share = (weight: number, replicas: number, weighted: boolean) => {
    const stage: Stage = { name: "weight", weight, pause: 0 };
    const { tracks } = layoutOf({ slot: "a", replicas, strategy: canary, stage, weighted });
    return tracks.map(({ role, replicas: count }) => `${count} ${role}`).join(", ");
  };
  const cases: [weight: number, replicas: number, weighted: boolean, pods: string][] = [
    [0, 4, true, "4 live, 1 next"],
    [10, 4, true, "4 live, 1 next"],
    [50, 4, true, "4 live, 2 next"],
    [51, 4, true, "4 live, 3 next"],
    [99, 4, true, "4 live, 4 next"],
    [0, 4, false, "4 live, 1 next"],
    [10, 9, false, "9 live, 1 next"],
    [25, 9, false, "9 live, 3 next"],
    [50, 9, false, "9 live, 9 next"],
    [75, 9, false, "3 live, 9 next"],
    [99, 9, false, "1 live, 9 next"],
  ];
  for (const [weight, replicas, weighted, pods] of cases) {
    it(`${weight} % of ${replicas}, ${weighted ? "by an Ingress" : "by their number"}: ${pods}`, () => {
      assert.equal(share(weight, replicas, weighted), pods);
    });
  }
});

/** A slot's Deployment: which version, and how many pods. */
type Pods = Partial<Record<Slot, { version: string; count: number }>>;
/** The cluster between two updates. */
interface World {
  pods: Pods;
  serving: Slot[];
}
/** A moment inside an update: versions that may answer, and the least number of pods that do. */
interface Moment {
  answering: Set<string>;
  least: number;
}

const slot = fc.constantFrom(...slots);
const weights = fc.uniqueArray(fc.integer({ min: 0, max: 99 }), { minLength: 1, maxLength: 5 });
const anyCanary = weights.map((all): Strategy => ({
  kind: "canary",
  steps: all.sort((a, b) => a - b).map((weight) => ({ weight })),
}));
const anyStrategy = fc.oneof(fc.constantFrom(rolling, blueGreen, halves), anyCanary);
const project = fc.record({
  slot,
  replicas: fc.integer({ min: 1, max: 12 }),
  weighted: fc.boolean(),
  prepull: fc.boolean(),
  strategy: anyStrategy,
  current: anyStrategy,
});

const world = ({ tracks, serving }: TrackLayout, live: string, next: string): World => ({
  pods: Object.fromEntries(
    tracks.map(({ slot: own, role, replicas }) => [
      own,
      { version: role === "live" ? live : next, count: replicas },
    ]),
  ),
  serving,
});

/** The worst case during an update, by the order that an App declares: pods, the check, traffic, the last pods. */
function moments(before: World, after: World, last?: Slot): Moment[] {
  const moment = (pods: Pods[], serving: Slot[]): Moment => {
    const each = serving.map((own) => pods.map((state) => state[own]));
    return {
      answering: new Set(each.flat().flatMap((state) => (state ? [state.version] : []))),
      least: each
        .map((states) => Math.min(...states.map((state) => state?.count ?? 0)))
        .reduce((sum, count) => sum + count, 0),
    };
  };
  const early = Object.entries(after.pods).filter(([own]) => own !== last);
  const middle: Pods = { ...before.pods, ...Object.fromEntries(early) };
  return [
    moment([before.pods, middle], before.serving),
    moment([middle], after.serving),
    moment([middle, after.pods], after.serving),
  ];
}

describe("whatever strategy follows on whichever, at every moment of a release with a check", () => {
  /** States from one steady state to the next, by the step that leads to each. */
  function walk({ current, strategy, slot: own, replicas, weighted, prepull }: Given) {
    const state = { slot: own, replicas, strategy, weighted };
    const stages = stagesOf({ strategy, checked: true, prepull, current });
    const worlds: { step: string; layout: TrackLayout; world: World }[] = [];
    const push = (step: string, layout: TrackLayout, live: string, next: string) =>
      worlds.push({ step, layout, world: world(layout, live, next) });
    push("before", layoutOf({ ...state, strategy: current }), "old", "new");
    for (const stage of stages) push(stepOf(stage), layoutOf({ ...state, stage }), "old", "new");
    push("after", layoutOf({ ...state, slot: settledSlot(own, strategy) }), "new", "new");
    return worlds;
  }
  type Given = typeof project extends fc.Arbitrary<infer T> ? T : never;
  const pairs = (given: Given) => {
    const worlds = walk(given);
    return worlds.slice(1).map((after, index) => {
      const before = worlds[index] ?? after;
      return { before, after, title: `${before.step} → ${after.step}` };
    });
  };

  /** Stages with their resulting state, and the state if one fails before or after its traffic switch. */
  function stops(given: Given) {
    const stages = stagesOf({ ...given, checked: true });
    return pairs(given)
      .slice(0, stages.length)
      .map(({ before, after }, index) => {
        const stage = stages[index] ?? assert.fail("more steps than stages");
        const early = Object.entries(after.world.pods).filter(([own]) => own !== after.layout.last);
        const pods: Pods = { ...before.world.pods, ...Object.fromEntries(early) };
        const broken = [before, after].map(({ world: { serving } }) => ({ pods, serving }));
        return { stage, whole: after.world, broken };
      });
  }
  /** Every moment of taking a release back from a stage. */
  function back(given: Given, stage: Stage, from: World) {
    const { slot: own, replicas, strategy, weighted } = given;
    const state = { slot: own, replicas, strategy, weighted };
    let here = from;
    return [...stagesBack(strategy, stage), undefined].flatMap((next) => {
      const layout = layoutOf(next === undefined ? state : { ...state, stage: next });
      const there = world(layout, "old", "new");
      const title = `${stepOf(stage)} → ${next === undefined ? "dropped" : stepOf(next)}`;
      const all = moments(here, there, layout.last).map(({ least }) => ({ title, least }));
      here = there;
      return all;
    });
  }

  it("as many pods answer as the project has", () => {
    fc.assert(
      fc.property(project, (given) => {
        for (const { before, after, title } of pairs(given)) {
          for (const { least } of moments(before.world, after.world, after.layout.last))
            assert.ok(least >= given.replicas, `${title}: ${least} of ${given.replicas}`);
        }
      }),
    );
  });

  it("the new version answers only after it has passed", () => {
    fc.assert(
      fc.property(project, (given) => {
        let passed = false;
        for (const { before, after, title } of pairs(given)) {
          const [first, ...served] = moments(before.world, after.world, after.layout.last);
          assert.ok(passed || first?.answering.has("new") === false, `${title}: unproved`);
          // The check is between the pods and the traffic.
          passed ||= after.layout.candidate !== undefined;
          for (const moment of served)
            assert.ok(passed || !moment.answering.has("new"), `${title}: never asked`);
        }
      }),
    );
  });

  it("everybody gets the old version before it, and the new one after", () => {
    fc.assert(
      fc.property(project, (given) => {
        const worlds = walk(given);
        const answers = worlds.map(({ world: { pods, serving } }) => [
          ...new Set(serving.map((own) => pods[own]?.version)),
        ]);
        assert.deepEqual([answers[0], answers.at(-1)], [["old"], ["new"]]);
      }),
    );
  });

  it("a rollback needs no check: the old version answers at once, at full strength", () => {
    fc.assert(
      fc.property(project, (given) => {
        for (const { stage, whole, broken } of stops(given)) {
          for (const here of [whole, ...broken]) {
            for (const { title, least } of back(given, stage, here))
              assert.ok(least >= given.replicas, `${title}: ${least} of ${given.replicas}`);
          }
        }
      }),
    );
  });

  it("the way back from halves is needed: dropped at once, one of them would serve alone and go", () => {
    const given: Given = {
      slot: "a",
      replicas: 4,
      weighted: true,
      prepull: false,
      strategy: halves,
      current: halves,
    };
    const dropped = layoutOf({ ...given, strategy: halves });
    const short = stops(given)
      .filter(({ whole, broken }) =>
        [whole, ...broken].some((here) =>
          moments(here, world(dropped, "old", "new"), dropped.last).some(({ least }) => least < 4),
        ),
      )
      .map(({ stage }) => stepOf(stage));
    assert.deepEqual(short, ["switch", "follow"]);
  });

  it("two Deployments at most, in different slots, and the traffic only where pods are", () => {
    fc.assert(
      fc.property(project, (given) => {
        for (const { layout, step } of walk(given)) {
          const own = layout.tracks.map((track) => track.slot);
          assert.deepEqual(own, [...new Set(own)], step);
          for (const serving of layout.serving) assert.ok(own.includes(serving), step);
          if (layout.candidate !== undefined) {
            const role = layout.tracks.find((track) => track.slot === layout.candidate)?.role;
            assert.equal(role, "next", step);
            assert.equal(layout.candidate, otherSlot(given.slot), step);
          }
          for (const { replicas } of layout.tracks)
            assert.ok(replicas >= 1 && replicas <= given.replicas, `${step}: ${replicas} pods`);
          assert.equal(layout.weight !== undefined, step.startsWith("weight") && given.weighted);
        }
      }),
    );
  });
});
