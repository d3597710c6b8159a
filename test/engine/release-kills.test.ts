import * as assert from "node:assert/strict";
import { stagesBack, stagesOf, type Strategy } from "../../components/app/rollout";
import { stepOf, writeStrategy } from "../../src/projects/strategy";
import { end, Killer, type Kill } from "../support/kills";
import { pictureOf } from "../support/picture";
import { cases, itAll, walk } from "../support/suites";
import { bystander as twin, project, ReleaseStack } from "../support/release-stack";

const rolling: Strategy = { kind: "rolling" };
const blueGreen: Strategy = { kind: "blueGreen", form: "switch" };
const halves: Strategy = { kind: "blueGreen", form: "halves" };
const canary: Strategy = { kind: "canary", steps: [{ weight: 50 }] };

type Name = typeof project | typeof twin;
/** Kills after which the command can still report; it does so in the same way for every strategy. */
const told: readonly Kill[] = ["engine", "ctrl-c"];

/**
 * A release or rollback that is killed at each step and in between ends like one that was not killed. Of two projects with the
 * same settings one is released without kills. The other is killed at every step by SIGKILL of command and engine during the
 * update, then, resumed, of the command alone after the update has ended; some kills hit only the engine, or are Ctrl-C. In the
 * end both must be equal: in the cluster, in the state, and in the records.
 */
walk("killed at every step", function () {
  this.timeout(600_000);
  const lab = new ReleaseStack("kills", true);
  const killers: Readonly<Record<Name, Killer>> = {
    [project]: new Killer(lab, project),
    [twin]: new Killer(lab, twin),
  };
  let current: Strategy = rolling;
  let number = 0;

  before(async () => {
    await lab.program.init();
    for (const name of [twin, project] as const) await lab.must(...releaseOf(name));
  });
  after(() => lab.remove());

  const releaseOf = (name: string): string[] => [
    ...["release", name, "--digest", lab.imagined(name, `v${number}`), "--yes"],
  ];
  const rollbackOf = (name: Name): string[] => ["rollback", name, "--yes"];

  /** Releases the twin, then the other one, killed at all steps, and compares the two. */
  async function survives(way: {
    steps: readonly string[];
    command: (name: Name) => string[];
    begin?: (name: Name) => unknown;
    /** Once its last update has ended a rollback is complete; the same command again is another one. */
    once?: boolean;
    /** Also by kills after which the command can still report, at the first step. */
    ends?: boolean;
  }): Promise<void> {
    const { steps, command, begin, once, ends } = way;
    await begin?.(twin);
    await lab.must(...command(twin));
    await begin?.(project);
    for (const [index, step] of steps.entries()) {
      const all: Kill[] = ["both", ...(index === 0 && ends ? told : []), "between"];
      for (const kill of once && step === end ? (["both"] as const) : all) {
        await killers[project].kill(kill, step, command(project));
      }
    }
    await lab.must(...command(project));
    assert.deepEqual(await pictureOf(lab, project), await pictureOf(lab, twin));
  }

  for (const [word, strategy] of cases(
    [["blueGreen", blueGreen]],
    Object.entries({ halves, canary, rolling }),
  )) {
    it(`a release by ${word}`, async () => {
      const checked = strategy === rolling;
      const stages = stagesOf({ strategy, current, checked, prepull: false });
      const check = checked ? ["check: { path: / }"] : [];
      number++;
      await survives({
        steps: [...stages.map(stepOf), end],
        command: releaseOf,
        ends: strategy === blueGreen,
        begin: (name) => {
          lab.settings(name, JSON.stringify(writeStrategy(strategy)), ...check);
        },
      });
      current = strategy;
    });

    if (strategy === blueGreen) {
      itAll("a rollback by blueGreen", async () => {
        const steps = [...stagesOf({ strategy, checked: false, prepull: false }).map(stepOf), end];
        await survives({ steps, command: rollbackOf, once: true });
      });
    }
    if (strategy === halves) {
      it("halves that are taken back at `switch`", async () => {
        number++;
        await survives({
          steps: [...stagesBack(strategy, { name: "switch" }).map(stepOf), end],
          command: rollbackOf,
          begin: (name) => killers[name].kill("between", "switch", releaseOf(name)),
          once: true,
          ends: true,
        });
      });
    }
  }
});
