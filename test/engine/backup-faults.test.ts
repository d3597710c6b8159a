import * as assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BackupLab } from "../support/backup-lab";
import { eventually } from "../../sandbox/eventually";
import { makeKey } from "../support/ssh-server";
import { walkAll } from "../support/suites";

/** Failures of real programs are reported with a fix, damage no backup, and the next run succeeds. */
walkAll("backups when something is wrong", function () {
  this.timeout(600_000);
  let lab: BackupLab;

  /** The newest backup of a part. */
  const newest = async (part: "state" | "registry"): Promise<string | undefined> =>
    (await lab.status(part)).newest?.snapshot;
  let [state, registry]: (string | undefined)[] = [];

  before(async () => {
    lab = await BackupLab.start();
    lab.fill({ blob: randomBytes(1_000_000) });
    await lab.backup(0, "run");
    state = await newest("state");
    registry = await newest("registry");
  });
  after(() => lab.stop());

  it("report a wrong password, wrong keys, an unknown host and one that does not answer", async () => {
    const secret = async (name: string, wrong: string, part: string, expected: RegExp) => {
      const file = join(lab.program.folder, "Pulumi.test.yaml");
      const before = readFileSync(file, "utf8");
      await lab.secret(name, wrong);
      assert.match(await lab.backup(1, "run", part), expected);
      writeFileSync(file, before);
    };
    await secret(
      "backupPassword",
      randomBytes(9).toString("hex"),
      "state",
      /state: the backup failed: the password does not open the repository[^]*fix:  set the secret/,
    );
    await secret(
      "s3SecretKey",
      randomBytes(9).toString("hex"),
      "state",
      /the server refuses the keys\n  where: target offsite, state in bucket slipway of http/,
    );
    await secret("backupKey", makeKey().private, "registry", /rejects this key[^]*authorized_keys/);
    const { hostKey } = lab.sshd.login();
    lab.set(["targets", "house", "hostKey"], makeKey().public);
    assert.match(
      await lab.backup(1, "run", "registry"),
      /another host key than the settings have[^]*targets\.house\.hostKey/,
    );
    lab.set(["targets", "house", "hostKey"], hostKey);
    lab.ssh.cut();
    lab.s3.wire.cut();
    const unreached = await lab.backup(1, "run");
    assert.match(
      unreached,
      /state: the backup failed: the target cannot be reached, or the connection broke/,
    );
    assert.match(
      unreached,
      /registry: the backup failed: the target cannot be reached[^]*see that 127\.0\.0\.1:\d+ answers/,
    );
    lab.ssh.fix();
    lab.s3.wire.fix();
    assert.equal(await newest("state"), state);
  });

  it("are not called backups when the transfer is cut, and the next run succeeds", async () => {
    lab.fill({ more: randomBytes(8_000_000) });
    lab.ssh.cutAfter(3_000_000);
    assert.match(await lab.backup(1, "run", "registry"), /the connection broke/);
    assert.ok(lab.ssh.wasCut);
    lab.ssh.fix();
    assert.equal(await newest("registry"), registry);
    await lab.backup(0, "run", "registry");
    assert.notEqual(await newest("registry"), registry);
  });

  it("continue after a killed run, whose lock is removed with its process", async () => {
    lab.fill({ most: randomBytes(30_000_000) });
    const killed = lab.program.startSlipway("backup", "run", "registry", "--stack", "test");
    await eventually(() => {
      assert.notDeepEqual(lab.files("registry", "locks"), []);
      return Promise.resolve();
    }, 240);
    process.kill(-(killed.pid ?? 0), "SIGKILL");
    await killed;
    const before = await newest("registry");
    await lab.backup(0, "run", "registry");
    assert.deepEqual(lab.files("registry", "locks"), []);
    assert.notEqual(await newest("registry"), before);
  });

  it("wait for each other when two run at once", async () => {
    await Promise.all([lab.backup(0, "run", "registry"), lab.backup(0, "run", "registry")]);
    await lab.backup(0, "drill", "registry");
  });

  it("report that data at the target has changed, in verification and drills", async () => {
    const [largest = ""] = lab.files("registry", "data");
    const whole = readFileSync(largest);
    const spoiled = Buffer.from(whole);
    spoiled.fill(0, 1000, 2000);
    rmSync(largest);
    writeFileSync(largest, spoiled);
    assert.match(
      await lab.backup(1, "verify", "registry", "--all"),
      /registry: verifying failed: data in the repository is damaged/,
    );
    assert.match(
      await lab.backup(1, "drill", "registry"),
      /registry: restoring failed: data in the repository is damaged/,
    );
    assert.match(await lab.backup(1, "list"), /registry .*the last drill failed/);
    writeFileSync(largest, whole);
    await lab.backup(0, "drill", "registry");
  });

  it("refuse a folder that is not there", async () => {
    lab.set(["parts", "registry", "folder"], "/nowhere/at/all");
    assert.match(
      await lab.backup(2, "run", "registry"),
      /\/nowhere\/at\/all is no folder of this machine/,
    );
  });

  it("printed no secret", () => {
    assert.deepEqual(
      lab.secrets.filter((secret) => lab.said.includes(secret)),
      [],
    );
  });
});
