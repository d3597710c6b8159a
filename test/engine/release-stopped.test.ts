import * as assert from "node:assert/strict";
import { project, ReleaseStack } from "../support/release-stack";
import { describeAll } from "../support/suites";

/** Ctrl-C during a canary's pause; Ctrl-C during updates is tested with the kills. */
describeAll("a release that is stopped in a pause", function () {
  this.timeout(300_000);
  const lab = new ReleaseStack("stopped", true);
  const release = (version: string): string[] => [
    ...["release", project, "--digest", lab.imagined(project, version), "--yes"],
  ];

  before(async () => {
    await lab.program.init();
    await lab.must(...release("v1"));
  });
  after(() => lab.remove());

  it("reports where it stopped, and the same command continues", async () => {
    lab.settings(project, "{ kind: canary, steps: [{ weight: 50, pause: 3600 }] }");
    const running = lab.program.startSlipway(...release("v2"));
    let said = "";
    await new Promise<void>((resolve) => {
      running.stderr.on("data", (part: Buffer) => {
        said += part.toString();
        if (said.includes("3600 s as it is")) resolve();
      });
      running.stderr.on("end", resolve);
    });
    process.kill(-(running.pid ?? assert.fail("not started")), "SIGINT");
    const { exitCode, stderr } = await running;
    assert.equal(exitCode, 1, stderr);
    assert.match(stderr, /stays at its step, which is complete; the same command continues/);
    assert.equal(lab.record()?.next?.step, "weight 50");

    lab.settings(project, "{ kind: canary, steps: [{ weight: 50 }] }");
    lab.program.edit("Pulumi.test.yaml", (text) => text.replace("pause: 3600", "pause: 0"));
    await lab.must(...release("v2"));
    assert.equal(lab.record()?.digest, lab.imagined(project, "v2"));
    assert.equal(lab.record()?.next, undefined);
  });
});
