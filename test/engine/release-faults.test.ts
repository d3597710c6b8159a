import * as assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { contractPath, readContract } from "../../sandbox/contract";
import { layout } from "../../sandbox/layout";
import { eventually } from "../../sandbox/eventually";
import { plantedLine } from "../support/release-images";
import { bystander, project, ReleaseStack } from "../support/release-stack";

const name = "sjzy-package-api";

/** What goes wrong with releases, on the real engine; each test goes on where the one before ended. */
describe("a release that does not go well", function () {
  this.timeout(900_000);
  const lab = new ReleaseStack("faults");
  const digests: string[] = [];
  const release = (digest = ""): string[] => ["release", project, "--digest", digest, "--yes"];
  const deployments = async (): Promise<string[]> =>
    (await lab.objects()).filter((object) => object.startsWith("Deployment"));

  before(async () => {
    await lab.program.init();
    for (const version of ["v1", "v2", "v3"]) digests.push(await lab.version(project, version));
    await lab.must("release", bystander, "--digest", await lab.version(bystander, "v1"), "--yes");
    await lab.must(...release(digests[0]));
  });
  after(() => lab.remove());

  for (const [index, step] of ["beside", "switch"].entries()) {
    it(`is killed with its engine at \`${step}\`, tells of the lock, and ends as if nothing had been`, async () => {
      lab.settings(project, "blueGreen");
      const digest = digests[index + 1];
      const killed = lab.program.startSlipway(...release(digest));
      await eventually(() => {
        assert.equal(lab.record()?.next?.step, step);
        assert.ok(lab.program.locked(), "no update is under way");
        return Promise.resolve();
      });
      process.kill(-(killed.pid ?? assert.fail("not started")), "SIGKILL");
      await killed;

      const { exitCode, all } = await lab.program.slipway(...release(digest));
      assert.equal(exitCode, 2, all);
      assert.match(all, /is gone\. Clear the lock with: pulumi cancel --stack test/);
      assert.equal(lab.record()?.next?.step, step);
      await lab.program.pulumi("cancel", "--stack", "test", "--yes");
      await lab.must(...release(digest));
      // As many releases as slots were changed: from a to b, and back.
      const slot = index === 0 ? "b" : "a";
      assert.deepEqual(lab.record(), { digest, slot, strategy: "blueGreen" });
      const deployment = index === 0 ? `${name}--b` : name;
      assert.deepEqual(await deployments(), [`Deployment ${deployment} ${digest} 2`]);
    });
  }

  it("whose command alone is killed lets its update end, and goes on from there", async () => {
    const digest = await lab.version(project, "v4");
    const killed = lab.program.startSlipway(...release(digest));
    await eventually(() => {
      assert.ok(lab.record()?.next?.step === "beside" && lab.program.locked());
      return Promise.resolve();
    });
    killed.kill("SIGKILL");
    await killed;
    await eventually(() => {
      assert.ok(!lab.program.locked(), "its update has not ended");
      return Promise.resolve();
    });
    await lab.must(...release(digest));
    assert.equal(lab.record()?.digest, digest);
  });

  it("of a version that crashes is taken back once, and shows its last words", async function () {
    // Where all nodes are simulated no pod runs, so none can crash.
    if (readContract(contractPath(layout())).builder === undefined) return;
    const before = lab.record();
    const { exitCode, all } = await lab.program.slipway(
      ...release(await lab.version(project, "bad", "crashes")),
    );
    assert.equal(exitCode, 1, all);
    assert.ok(all.includes(plantedLine), all);
    assert.match(all, /taken back: SJZY\.Package\.Api runs [0-9a-f]{12} as before/);
    assert.deepEqual(lab.record(), before);
    assert.equal((await deployments()).length, 1);
  });

  it("is rolled back to the first of all, and nobody else is touched", async () => {
    const [others, left] = [await lab.others(), lab.record()?.digest];
    await lab.must("rollback", project, "--to", digests[0]?.slice(7, 19) ?? "", "--yes");
    assert.equal(lab.record()?.digest, digests[0]);
    assert.deepEqual(
      lab.record()?.rejected?.map(({ digest }) => digest),
      [left],
    );
    assert.match((await deployments()).join(), new RegExp(`${digests[0] ?? ""} 2$`));
    assert.deepEqual(await lab.others(), others);
  });

  it("is refused for what was rejected, with the reason, and the file stays as it was", async () => {
    const path = join(lab.program.folder, "Pulumi.test.yaml");
    const [before, rejected] = [readFileSync(path, "utf8"), lab.record()?.rejected?.[0]?.digest];
    const { exitCode, all } = await lab.program.slipway(...release(rejected));
    assert.equal(exitCode, 2, all);
    assert.match(all, /rejected/);
    assert.equal(readFileSync(path, "utf8"), before);
  });

  for (const [what, args, text] of [
    ["no version", ["release", project], /one of them: which version/],
    ["the tag latest", ["release", project, "--tag", "latest"], /other than `latest`/],
    ["half a digest", ["release", project, "--digest", "sha256:123"], /64 lower-case hex digits/],
    ["two versions", ["release", project, "--digest", "x", "--build"], /cannot be used with/],
    ["a project there is none of", ["release", "SJZY.Package.Abi", "--tag", "v1"], /did you mean/],
    ["a stack there is none of", ["release", project, "--tag", "v1", "-s", "tst"], /did you mean/],
    ["a version that never ran", ["rollback", project, "--to", "77"], /slipway history/],
    ["no pods", ["scale", project, "0"], /slipway remove/],
  ] as const) {
    it(`refuses ${what} before anything is changed`, async () => {
      const before = lab.record();
      const { exitCode, all } = await lab.program.slipway(...args, "--yes");
      assert.equal(exitCode, 2, all);
      assert.match(all, text);
      assert.doesNotMatch(all, /^\s+at /m);
      assert.deepEqual(lab.record(), before);
    });
  }
});
