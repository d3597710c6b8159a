import * as assert from "node:assert/strict";
import { execa } from "execa";
import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { layout } from "../../sandbox/layout";
import { silent } from "../../sandbox/progress";
import { sessionEnv } from "../../sandbox/session";
import { installMissing, restic } from "../../sandbox/toolchain/debian";
import { Offsite } from "../support/offsite";
import { bystander, project, ReleaseStack } from "../support/release-stack";
import { SftpPod } from "../support/sftp-pod";
import { walkAll } from "../support/suites";

const name = "sjzy-package-api";
const part = `volumes/${name}.data`;

/** A project's real volume, backed up by real pods to a real server; each test continues where the previous one ended. */
walkAll("the backup of a project's volume", function () {
  this.timeout(300_000);
  const lab = new ReleaseStack("kept");
  const offsite = new Offsite();
  const house = new SftpPod();
  let written = "";

  const kubectl = async (...args: string[]): Promise<string> => {
    const all = [`--namespace=${lab.namespace}`, ...args];
    return (await execa("kubectl", all, { env: sessionEnv(layout()) })).stdout;
  };
  const inPod = (code: string): Promise<string> =>
    kubectl("exec", `deployment/${name}`, "--", "/usr/bin/node", "-e", code);
  /** Hash of every file of the volume, and its path. */
  const hashes = (): Promise<string> =>
    inPod(`
      const { readdirSync, readFileSync, statSync } = require("fs");
      const { createHash } = require("crypto");
      for (const path of readdirSync("/data", { recursive: true }).sort())
        if (statSync("/data/" + path).isFile())
          console.log(createHash("sha256").update(readFileSync("/data/" + path)).digest("hex"), path);`);
  const backup = async (expected: number, ...args: string[]): Promise<string> => {
    const { exitCode, all } = await lab.program.slipway("backup", ...args, "--stack", "test");
    assert.equal(exitCode, expected, all);
    return all;
  };

  before(async () => {
    await installMissing(silent, [restic]);
    await offsite.start();
    lab.program.use(offsite.env);
    rmSync(join(lab.program.folder, "projects", `${bystander}.yaml`));
    lab.settings(
      project,
      "recreate",
      "volumes: { data: { path: /data, size: 16Mi, backup: true } }",
    );
    const { endpoint, bucket, image } = offsite;
    lab.program.edit("Pulumi.test.yaml", (text) => {
      const document = parseDocument(text);
      const keep = { daily: 7 };
      const settings = {
        password: "backupPassword",
        targets: {
          offsite: {
            kind: "s3",
            endpoint,
            bucket,
            accessKey: "s3AccessKey",
            secretKey: "s3SecretKey",
          },
          house: house.target,
        },
        parts: {
          state: { without: "a test of volumes" },
          volumes: { schedule: "daily", keep, target: "offsite", image },
        },
      };
      document.setIn(["config", "slipway:backup"], document.createNode(settings));
      return document.toString();
    });
    await lab.program.init();
    await lab.program.secret("s3AccessKey", offsite.accessKey);
    await lab.program.secret("s3SecretKey", offsite.secretKey);
    await lab.program.secret("backupKey", house.key);
    await lab.program.secret("backupPassword", randomBytes(12).toString("hex"));
    const digest = await lab.version(project, "v1");
    await lab.must("release", project, "--digest", digest, "--yes");
    await inPod(`
      const { mkdirSync, writeFileSync } = require("fs");
      mkdirSync("/data/deep/er", { recursive: true });
      writeFileSync("/data/deep/er/blob", require("crypto").randomBytes(2000000));
      writeFileSync("/data/parcels, all of them", "six parcels");`);
    written = await hashes();
  });
  after(async () => {
    await lab.program.slipway("remove", project, "--purge", "--yes");
    await lab.remove();
    await Promise.all([offsite.stop(), house.stop()]);
  });

  it("is taken by a Job that may only read it", async () => {
    assert.match(await backup(1, "list"), /volumes\/sjzy-package-api\.data .*there is no backup/);
    await backup(0, "run", part);
    assert.equal(await hashes(), written);
  });

  it("is proved by the scheduled drill in the cluster", async () => {
    await kubectl("create", "job", "--from", `cronjob/${name}--drill-data`, "drill-now");
    await kubectl("wait", "--for=condition=complete", "job/drill-now", "--timeout=120s");
    assert.match(await backup(0, "list"), /passed 0 d ago .*well/);
  });

  it("comes back byte by byte over what somebody has spoiled", async () => {
    await inPod(`
      const fs = require("fs");
      fs.rmSync("/data/deep", { recursive: true });
      fs.writeFileSync("/data/parcels, all of them", "spoiled");
      fs.writeFileSync("/data/stray", "x");`);
    assert.notEqual(await hashes(), written);
    await backup(0, "restore", part, "--in-place", "--yes");
    await kubectl("rollout", "status", `deployment/${name}`, "--timeout=120s");
    assert.equal(await hashes(), written);
  });

  it("goes to a machine by sftp, too, and is proved from there", async () => {
    await house.start();
    lab.program.edit("Pulumi.test.yaml", (text) =>
      text.replace("target: offsite", "target: house"),
    );
    await lab.program.up();
    for (const what of ["backup", "drill"]) {
      const job = `${what}-by-sftp`;
      await kubectl("create", "job", "--from", `cronjob/${name}--${what}-data`, job);
      await kubectl("wait", "--for=condition=complete", `job/${job}`, "--timeout=120s");
    }
    assert.match(await kubectl("logs", "job/drill-by-sftp"), /"files":2,.*"ok":true/);
    assert.deepEqual(await house.repositories(), [`${house.target.path}/test/${part}`]);
  });

  it("leaves the number of pods to the engine", async () => {
    const managers = "--output=jsonpath={.metadata.managedFields[*].manager}";
    const told = await kubectl("get", "deployment", name, "--show-managed-fields", managers);
    assert.doesNotMatch(told, /slipway-restore/);
  });
});
