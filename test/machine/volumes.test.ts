import * as assert from "node:assert/strict";
import { execa } from "execa";
import { existsSync } from "node:fs";
import { layout } from "../../sandbox/layout";
import { sessionEnv } from "../../sandbox/session";
import { eventually } from "../../sandbox/eventually";
import { project, ReleaseStack } from "../support/release-stack";
import { itAll, walk } from "../support/suites";

const name = "sjzy-package-api";
const claim = `${name}.data`;

/** Data of a project, on a real pod with a real volume; each test continues where the previous one ended. */
walk("the volume of a project that is removed", function () {
  this.timeout(300_000);
  const lab = new ReleaseStack("volumes");
  let volume = "";
  let directory = "";

  const kubectl = async (...args: string[]): Promise<string> => {
    const all = [`--namespace=${lab.namespace}`, ...args];
    return (await execa("kubectl", all, { env: sessionEnv(layout()) })).stdout;
  };
  const inPod = (code: string): Promise<string> =>
    kubectl("exec", `deployment/${name}`, "--", "/usr/bin/node", "-e", code);
  const read = (): Promise<string> =>
    inPod('process.stdout.write(require("fs").readFileSync("/data/parcels", "utf8"))');
  const write = (text: string): Promise<string> =>
    inPod(`require("fs").writeFileSync("/data/parcels", ${JSON.stringify(text)})`);
  const release = async (): Promise<unknown> =>
    lab.must("release", project, "--digest", await lab.version(project, "v1"), "--yes");
  const claims = (): Promise<string> => kubectl("get", "persistentvolumeclaims", "--output=name");
  const gone = (): Promise<void> =>
    eventually(async () => {
      assert.equal(await kubectl("get", "persistentvolume", volume, "--ignore-not-found"), "");
      assert.equal(existsSync(directory), false, `${directory} is still there`);
    });

  before(async () => {
    lab.settings(project, "recreate", "volumes: { data: { path: /data, size: 16Mi } }");
    await lab.program.init();
    await release();
    await write("six parcels");
    const path = "--output=jsonpath={.spec.volumeName}";
    volume = await kubectl("get", "persistentvolumeclaim", claim, path);
    const host = "--output=jsonpath={.spec.hostPath.path}{.spec.local.path}";
    directory = await kubectl("get", "persistentvolume", volume, host);
    assert.ok(existsSync(directory), directory);
  });
  after(async () => {
    await lab.program.slipway("remove", project, "--purge", "--yes");
    await lab.remove();
  });

  it("is not lost because a file no longer names it, whoever runs an update", async () => {
    lab.settings(project, "recreate");
    const lost = new RegExp(
      `PersistentVolumeClaim/${claim} \\(16Mi, of ${project}\\) is in no project`,
    );
    for (const tried of [
      await lab.program.pulumi("preview"),
      await lab.program.pulumi("up", "--yes", "--skip-preview"),
      await lab.program.slipway(
        "release",
        project,
        "--digest",
        await lab.version(project, "v2"),
        "--yes",
      ),
    ]) {
      assert.notEqual(tried.exitCode, 0, tried.all);
      assert.match(tried.all, lost);
    }
    assert.equal(await read(), "six parcels");
    lab.settings(project, "recreate", "volumes: { data: { path: /data, size: 16Mi } }");
  });

  it("stays, and a later release finds its data", async () => {
    const { all } = await lab.program.slipway("remove", project, "--yes");
    assert.match(all, /its volumes \(data\) stay in the cluster/);
    assert.deepEqual(await lab.objects(), []);
    assert.equal(await claims(), `persistentvolumeclaim/${claim}`);
    assert.ok(existsSync(directory), directory);
    await release();
    assert.equal(await read(), "six parcels");
  });

  it("goes with --purge, and its data with it", async () => {
    const { all, exitCode } = await lab.program.slipway("remove", project, "--purge", "--yes");
    assert.equal(exitCode, 0, all);
    assert.match(all, /its volumes \(data\) are deleted with everything in them/);
    assert.equal(await claims(), "");
    await gone();
  });

  itAll(
    "is another one when it is released again, and can be purged after it was removed",
    async () => {
      await release();
      await assert.rejects(read(), /ENOENT/);
      await lab.must("remove", project, "--yes");
      assert.equal(await claims(), `persistentvolumeclaim/${claim}`);
      await lab.must("remove", project, "--purge", "--yes");
      assert.equal(await claims(), "");
    },
  );
});
