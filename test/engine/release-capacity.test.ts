import * as assert from "node:assert/strict";
import { execa } from "execa";
import { layout } from "../../sandbox/layout";
import { sessionEnv } from "../../sandbox/session";
import { eventually } from "../../sandbox/eventually";
import { Killer } from "../support/kills";
import { project, ReleaseStack } from "../support/release-stack";
import { walkAll } from "../support/suites";

const name = "sjzy-package-api";
/** Pods in the project's settings: one for each half. */
const replicas = 2;
/** A line for each change of what the Service leads to: whether each of its pods is ready. */
const columns = "custom-columns=READY:.endpoints[*].conditions.ready";

/** Halves, one of which serves alone for a part of the release: however it goes on, enough pods answer. */
walkAll("the pods behind halves", function () {
  this.timeout(300_000);
  const lab = new ReleaseStack("capacity", true);
  const release = (version: string): string[] => [
    ...["release", project, "--digest", lab.imagined(project, version), "--yes"],
  ];

  before(async () => {
    lab.settings(project, "halves");
    await lab.program.init();
    await lab.must(...release("v1"));
  });
  after(() => lab.remove());

  /** The least number of pods that were ready at a time while something happened, and how often it changed. */
  async function least(
    happening: () => Promise<unknown>,
  ): Promise<{ least: number; seen: number }> {
    const which = ["endpointslices", `--selector=kubernetes.io/service-name=${name}`];
    const flags = [`--namespace=${lab.namespace}`, "--watch", "--no-headers", "--output", columns];
    const watching = execa("kubectl", ["get", ...which, ...flags], {
      ...{ env: sessionEnv(layout()), reject: false, buffer: false },
    });
    let text = "";
    watching.stdout.on("data", (part: Buffer) => (text += part.toString()));
    const counts = (): number[] =>
      text
        .split("\n")
        .slice(0, -1)
        .map((line) => line.split(",").filter((ready) => ready.trim() === "true").length);
    await eventually(() => {
      assert.ok(counts().length > 0, "the watch has told nothing");
      return Promise.resolve();
    });
    await happening();
    await eventually(() => {
      assert.equal(counts().at(-1), replicas);
      return Promise.resolve();
    });
    watching.kill();
    await watching;
    return { least: Math.min(...counts()), seen: counts().length };
  }

  it("are never fewer than the settings say in a release", async () => {
    const { least: fewest, seen } = await least(() => lab.must(...release("v2")));
    assert.ok(seen > 3, `${seen} changes seen`);
    assert.ok(fewest >= replicas, `${fewest} of ${replicas}`);
  });

  it("nor when it is taken back where one slot serves alone", async () => {
    await new Killer(lab, project).kill("between", "switch", release("v3"));
    const { least: fewest, seen } = await least(() => lab.must("rollback", project, "--yes"));
    assert.ok(seen > 3, `${seen} changes seen`);
    assert.ok(fewest >= replicas, `${fewest} of ${replicas}`);
    assert.equal(lab.record()?.digest, lab.imagined(project, "v2"));
  });
});
