import * as assert from "node:assert/strict";
import { execa } from "execa";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { layout } from "../../sandbox/layout";
import { sessionEnv } from "../../sandbox/session";
import { plantedLine } from "../support/release-images";
import { bystander, project, ReleaseStack } from "../support/release-stack";
import { describeAll } from "../support/suites";

const name = "sjzy-package-api";

/**
 * Versions that cannot come up, on real pods: each is given up at its own sign, with an explanation, and the old version keeps
 * serving. (A crash and a failed check under load: releases.test.ts.)
 */
describeAll("a version that cannot come up", function () {
  this.timeout(600_000);
  const lab = new ReleaseStack("broken");
  let serving = "";

  before(async () => {
    rmSync(join(lab.program.folder, `projects/${bystander}.yaml`));
    await lab.program.init();
    for (const version of ["v1", "v2"]) {
      serving = await lab.version(project, version);
      await lab.must("release", project, "--digest", serving, "--yes");
    }
  });
  after(() => lab.remove());

  /** Runs a command that must end with 1, print this, and change nothing. */
  async function fails(args: readonly string[], ...says: (RegExp | string)[]): Promise<void> {
    const { exitCode, all } = await lab.program.slipway(...args, "--stack", "test", "--yes");
    assert.equal(exitCode, 1, all);
    for (const text of says) {
      assert.ok(
        typeof text === "string" ? all.includes(text) : text.test(all),
        `${String(text)}:\n${all}`,
      );
    }
    assert.equal(lab.record()?.digest, serving);
    assert.equal(lab.record()?.next, undefined);
    await serves();
  }

  const release = (digest: string): string[] => ["release", project, "--digest", digest];

  /** Both pods of the serving version are ready, and there are no others. */
  async function serves(): Promise<void> {
    const path =
      "{.spec.template.spec.containers[0].image} {.status.readyReplicas} {.status.replicas}";
    const live = await kubectl("get", "deployment", name, `--output=jsonpath=${path}`);
    assert.match(live, new RegExp(`@${serving} 2 2$`));
  }

  async function kubectl(...args: string[]): Promise<string> {
    const all = [...args, `--namespace=${lab.namespace}`];
    const { stdout } = await execa("kubectl", all, { env: sessionEnv(layout()) });
    return stdout;
  }

  it("for its probes are answered with 503, which is shown with its last lines", async () => {
    await fails(
      release(await lab.version(project, "sick", "sick")),
      /is not ready: no progress for 40 s; 1 of 2 replicas are updated/,
      /event Unhealthy: Startup probe failed: HTTP probe failed with statuscode: 503/,
      "taken back",
    );
  });

  it("for a quota forbids its pods, in a rollback too", async () => {
    await kubectl("create", "quota", "tight", "--hard=pods=2");
    try {
      await fails(
        ["rollback", project],
        /is not ready: pods ".*" is forbidden: exceeded quota: tight/,
      );
    } finally {
      await kubectl("delete", "quota", "tight");
    }
  });

  type Case = [why: string, bad: () => string | Promise<string>, says: RegExp];
  const byHand: Case[] = [
    [
      "for there is no such image",
      () => lab.imagined(project, "nowhere"),
      /is not ready: [^]*(ErrImagePull|ImagePullBackOff): .*not found/,
    ],
    [
      "for it crashes",
      () => lab.version(project, "bad", "crashes"),
      new RegExp(`it has ended [4-9] times, last with exit code 1[^]*${plantedLine}`),
    ],
  ];
  for (const [why, bad, says] of byHand) {
    it(`${why}, in a plain \`pulumi up\`, which fails until it is removed from the record`, async () => {
      const digest = await bad();
      lab.program.edit("Pulumi.test.yaml", (text) => text.replace(serving, digest));
      const flags = ["--yes", "--skip-preview", "--stack", "test"];
      try {
        for (const run of ["first", "second"]) {
          const { exitCode, all } = await lab.program.pulumi("up", ...flags);
          assert.notEqual(exitCode, 0, `${run} run`);
          assert.match(all, says);
        }
        const preview = await lab.program.pulumi("preview", "--stack", "test");
        assert.match(preview.all, /Deployment sjzy-package-api is not rolled out: 1 of 2 replicas/);
      } finally {
        lab.program.edit("Pulumi.test.yaml", (text) => text.replace(digest, serving));
        await lab.program.up();
      }
      await serves();
    });
  }
});
