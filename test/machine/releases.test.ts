import * as assert from "node:assert/strict";
import { eventually } from "../../sandbox/eventually";
import { changes } from "../../sandbox/program-copy";
import { plantedLine } from "../support/release-images";
import { cases, itAll, walk } from "../support/suites";
import { ReleaseLab } from "../support/release-lab";

/**
 * Releases of a back end on real pods while requests arrive on kept and on new connections. None may fail, for any sequence of
 * strategies.
 */
walk("a release under load", function () {
  this.timeout(600_000);
  const lab = new ReleaseLab();
  let number = 0;

  /** Releases the next version with a strategy; in the end it gives all answers, and no request failed meanwhile. */
  async function releaseNext(strategy: string): Promise<void> {
    lab.settings(`replicas: 2\nstrategy: ${strategy}\n`);
    number += 1;
    const version = `v${number}`;
    const digest = await lab.version(version);
    await lab.unharmed(() => lab.release(digest));
    await lab.serves(version);
  }

  before(() => lab.start("replicas: 2\n"));
  after(async () => {
    console.log(`      ${lab.requests} requests`);
    await lab.stop();
  });

  // One change into each strategy and back; then every pair of strategies, both forms of blue-green after themselves.
  const strategies = cases(
    ["rolling", "blueGreen", "canary", "halves", "blueGreen", "rolling"],
    [
      ...["canary", "blueGreen", "blueGreen", "halves", "halves"],
      ...["rolling", "halves", "canary", "rolling"],
    ],
  );
  for (const [index, strategy] of strategies.entries()) {
    const former = strategies[index - 1];
    it(`loses no request by ${strategy}${former === undefined ? "" : ` after ${former}`}`, async () => {
      await releaseNext(strategy);
    });
  }

  itAll("gives a canary the share of its weight, until somebody has looked at it", async () => {
    const steps = [20, 50].map((weight) => `{ weight: ${weight}, pause: approval }`).join(", ");
    lab.settings(`replicas: 2\nstrategy: { kind: canary, steps: [${steps}] }\n`);
    const digest = await lab.version("canary");
    for (const weight of [20, 50]) {
      await lab.unharmed(() => lab.release(digest));
      const { canary = 0 } = await lab.answers(1_000);
      assert.ok(Math.abs(canary / 10 - weight) < 8, `${canary} of 1000 at ${weight} %`);
    }
    await lab.unharmed(() => lab.release(digest));
    await lab.serves("canary");
  });

  itAll("spreads requests evenly over two halves", async () => {
    lab.settings("replicas: 2\nstrategy: halves\n");
    await lab.unharmed(() => lab.program.up());
    const pods = await lab.answers(1_000, "x-pod");
    const b = Object.entries(pods)
      .filter(([pod]) => pod.startsWith("sjzy-package-api--b-"))
      .reduce((sum, [, count]) => sum + count, 0);
    assert.ok(Math.abs(b - 500) < 80, `${b} of 1000 for half b`);
  });

  it("loses no request while a pod is killed meanwhile", async () => {
    lab.settings("replicas: 3\nstrategy: rolling\n");
    await lab.unharmed(() => lab.program.up());
    const digest = await lab.version("killed");
    await lab.unharmed(async () => {
      const releasing = lab.release(digest);
      const pods = await lab.kubectl(
        "get",
        "pods",
        "--output=name",
        "--selector=app=sjzy-package-api",
      );
      const [pod = ""] = pods.split("\n");
      await lab.kubectl("delete", pod, "--now", "--wait=false");
      await releasing;
    });
    await lab.serves("killed");
  });

  for (const strategy of cases(["rolling"], ["blueGreen"])) {
    it(`loses no request when it is rolled back (${strategy}), and when it is scaled up and down`, async () => {
      lab.settings(`replicas: 2\nstrategy: ${strategy}\n`);
      const digest = await lab.version(`regretted-${strategy}`);
      await lab.unharmed(() => lab.release(digest));
      await lab.unharmed(() => lab.slipway(["rollback", lab.project]));
      await lab.serves("killed");
      const refused = await lab.release(digest, 2);
      assert.match(refused, /reject/);
      for (const pods of ["3", "1"])
        await lab.unharmed(() => lab.slipway(["scale", lab.project, pods]));
      await lab.serves("killed");
    });
  }

  for (const strategy of cases(["rolling"], ["canary"])) {
    it(`keeps the old version when a new one crashes (${strategy}), and shows its last log lines`, async () => {
      lab.settings(`replicas: 2\nstrategy: ${strategy}\n`);
      const digest = await lab.version(`crash-${strategy}`, "crashes");
      let output = "";
      const { versions } = await lab.unharmed(async () => {
        output = await lab.release(digest, 1);
      });
      assert.ok(output.includes(plantedLine), output);
      assert.match(output, /taken back: SJZY\.Package\.Api runs [0-9a-f]{12} as before/);
      assert.deepEqual(Object.keys(versions), ["killed"]);
    });
  }

  itAll(
    "lets each version keep its settings: while another fails, while one takes over, and on the way back",
    async () => {
      const { name, port } = lab.served;
      const levels = async () => Object.keys(await lab.answers(50, "x-level"));
      const ports = () =>
        lab.kubectl("get", "service", name, "--output=jsonpath={.spec.ports[*].port}");
      /** Names of its pods, once none of them is terminating. */
      const pods = () =>
        eventually(async () => {
          const fields =
            "{range .items[*]}{.metadata.name} {.metadata.deletionTimestamp}{'\\n'}{end}";
          const lines = await lab.kubectl(
            "get",
            "pods",
            `--selector=app=${name}`,
            `--output=jsonpath=${fields}`,
          );
          const found = lines
            .trim()
            .split("\n")
            .map((line) => line.split(" "));
          assert.deepEqual(
            found.filter(([, ending = ""]) => ending !== ""),
            [],
          );
          return found.map(([pod]) => pod);
        });
      const settings = (level: string, on: number, more = "") => {
        const env = `env: { LEVEL: ${level}, LISTEN: "${on}" }`;
        lab.settings(`replicas: 2\nstrategy: blueGreen\n${env}\n${more}`, on);
      };
      settings("one", port);
      await lab.release(await lab.version("first"));
      // Changed by an update, not by a release.
      settings("one and a half", port);
      await lab.program.up();
      const before = await pods();

      settings("two", port + 1, "check: { path: /, status: 200, timeout: 5 }\n");
      const wrong = await lab.version("wrong-settings", "wrong");
      const { versions } = await lab.unharmed(() => lab.release(wrong, 1));
      assert.deepEqual(Object.keys(versions), ["first"]);
      assert.deepEqual(await pods(), before);
      assert.deepEqual(changes(await lab.program.up()), []);
      const { all } = await lab.program.pulumi("preview", "--stack", "test");
      assert.match(all, /keeps the settings that it was taken back to: port, env, check/);
      assert.deepEqual([await levels(), await ports()], [["one and a half"], `${port}`]);

      const second = await lab.version("second");
      await lab.unharmed(() => lab.release(second));
      assert.deepEqual([await levels(), await ports()], [["two"], `${port + 1}`]);

      await lab.unharmed(() => lab.slipway(["rollback", lab.project]));
      assert.deepEqual([await levels(), await ports()], [["one and a half"], `${port}`]);

      // The same version with its files' settings again.
      const first = await lab.version("first");
      await lab.release(first);
      assert.deepEqual([await levels(), await ports()], [["two"], `${port + 1}`]);
      assert.deepEqual(changes(await lab.program.up()), []);
    },
  );

  it("never shows anybody a version that fails its check", async () => {
    lab.settings("replicas: 2\nstrategy: blueGreen\ncheck: { path: /, status: 200, timeout: 5 }\n");
    // A version that has passed its check serves: its answers must not count for the next.
    await lab.unharmed(async () => lab.release(await lab.version("sound")));
    const digest = await lab.version("wrong", "wrong");
    let output = "";
    const { versions } = await lab.unharmed(async () => {
      output = await lab.release(digest, 1);
    });
    assert.match(output, /500/);
    assert.deepEqual(Object.keys(versions), ["sound"]);
  });
});
