import * as assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BackupReport } from "../../src/backup/operations";
import type { Compared } from "../../src/backup/repository";
import { BackupLab } from "../support/backup-lab";
import { crontabIn } from "../support/crontab";
import { itAll, walk } from "../support/suites";

/** State to S3, a registry's folder by SSH, with the real programs; each test continues where the previous one ended. */
walk("backups of a stack", function () {
  this.timeout(300_000);
  let lab: BackupLab;
  let scratch = "";
  const blob = randomBytes(3_000_000);

  before(async () => {
    lab = await BackupLab.start();
    lab.fill({
      "blobs/sha256/aa": blob,
      "with a blank": "and\nlines",
      empty: "",
      "odd $name '": "x",
    });
    scratch = mkdtempSync(join(tmpdir(), "slipway-restored-"));
  });
  after(async () => {
    rmSync(scratch, { recursive: true, force: true });
    await lab.stop();
  });

  it("are reported as missing before the first one", async () => {
    const text = await lab.backup(1, "list");
    assert.match(text, /state .*hourly .*offsite .*never .*there is no backup/);
    assert.match(text, /registry .*daily .*house .*never .*there is no backup/);
  });

  it("are taken of all parts by one command", async () => {
    const taken = (await lab.json(0, "run")) as BackupReport[];
    assert.deepEqual(
      taken.map(({ part }) => part),
      ["state", "registry"],
    );
    assert.match(await lab.backup(1, "list"), /registry .* 1 .*never drilled/);
  });

  it("are proved by a drill, and then all is well", async () => {
    const drilled = (await lab.json(0, "drill")) as (BackupReport & { compared: Compared })[];
    const registry = drilled.find(({ part }) => part === "registry");
    assert.deepEqual(registry?.compared, { files: 4, bytes: blob.length + 10, moving: 0 });
    assert.match(await lab.backup(0, "list"), /passed 0 d ago .*well/);
    assert.match(await lab.backup(0, "verify", "--all"), /registry: whole/);
  });

  it("come back byte by byte, the state as the engine takes it in", async () => {
    await lab.backup(0, "restore", "registry", "--to", join(scratch, "registry"));
    const read = (name: string) => readFileSync(join(scratch, "registry", "data", name));
    assert.ok(read("blobs/sha256/aa").equals(blob));
    assert.equal(read("with a blank").toString(), "and\nlines");
    await lab.backup(0, "restore", "state", "--to", join(scratch, "state"));
    const restored = join(scratch, "state", "data");
    const imported = await lab.program.pulumi(
      "stack",
      "import",
      "--stack",
      "test",
      "--file",
      join(restored, "stack.json"),
    );
    assert.equal(imported.exitCode, 0, imported.all);
    const settings = readFileSync(join(lab.program.folder, "Pulumi.test.yaml"), "utf8");
    assert.equal(readFileSync(join(restored, "Pulumi.test.yaml"), "utf8"), settings);
    assert.ok(existsSync(join(restored, "projects", "SJZY.Package.Api.yaml")));
  });

  it("are read by restic alone, when nothing is left but the target and the password", async () => {
    assert.match(await lab.byHand("snapshots", "--tag", "backup"), /\b1 snapshots\b/);
    const target = join(scratch, "by-hand");
    await lab.byHand("restore", "latest", "--tag", "backup", "--target", target);
    const state = readdirSync(target, { recursive: true, encoding: "utf8" });
    const [file = ""] = state.filter((name) => name.endsWith("stack.json"));
    const { deployment } = JSON.parse(readFileSync(join(target, file), "utf8")) as {
      deployment: { secrets_providers: { type: string } };
    };
    assert.equal(deployment.secrets_providers.type, "passphrase");
  });

  itAll(
    "are taken and proved by the page's crontab, with nothing of a shell's settings",
    async () => {
      const { env, commands } = crontabIn("docs/backups.md");
      const stand = async () => [await lab.status("state"), await lab.status("registry")];
      const before = await stand();
      for (const command of commands) await lab.byCron(command, env);
      for (const [index, { problem, newest, drill }] of (await stand()).entries()) {
        assert.equal(problem, undefined);
        assert.notEqual(newest?.snapshot, before[index]?.newest?.snapshot);
        assert.notEqual(drill?.at, before[index]?.drill?.at);
      }
    },
  );

  it("never overwrite existing files", async () => {
    const refused = await lab.backup(2, "restore", "registry", "--to", join(scratch, "registry"));
    assert.match(refused, /registry is not restored: .* is not empty/);
    assert.match(
      await lab.backup(2, "restore", "state", "--in-place", "--yes"),
      /pulumi stack import/,
    );
  });

  it("printed no secret", () => {
    assert.deepEqual(
      lab.secrets.filter((secret) => lab.said.includes(secret)),
      [],
    );
  });
});
