import * as assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { BackupStatus } from "../../src/backup/status";
import { BackupLab } from "../support/backup-lab";
import { walkOnLabAll } from "../support/lab";
import { noSmallDisk, SmallDisk } from "../support/small-disk";

/** Full disks, here and at the target, with real programs: reported, no backup is lost, the next run succeeds. */
walkOnLabAll(
  "backups on a full disk",
  function () {
    this.timeout(600_000);
    let [s3, house, here]: SmallDisk[] = [];
    let lab: BackupLab;
    const disk = (which: SmallDisk | undefined): SmallDisk => {
      assert.ok(which);
      return which;
    };

    before(async () => {
      [s3, house, here] = await Promise.all([6, 20, 6].map((size) => SmallDisk.start(size)));
      lab = await BackupLab.start(disk(s3).folder);
      lab.set(["targets", "house", "path"], join(disk(house).folder, "house"));
      lab.fill({ blob: randomBytes(4_000_000) });
      await lab.backup(0, "run");
    });
    after(async () => {
      await lab.stop();
      for (const each of [s3, house, here]) await each?.stop();
    });

    it("report that the target's is, lose nothing that is kept, and succeed when there is room", async () => {
      const newest = async (): Promise<unknown[]> => {
        const { parts } = (await lab.json(1, "list")) as { parts: BackupStatus[] };
        return parts.map((part) => part.newest?.snapshot);
      };
      const kept = await newest();
      disk(s3).fill(0);
      disk(house).fill(1_000_000);
      lab.fill({ more: randomBytes(6_000_000) });
      const said = await lab.backup(1, "run");
      for (const [part, target] of [
        ["state", "offsite"],
        ["registry", "house"],
      ] as const) {
        const told = `${part}: the backup failed: the target's disk is full\n  where: target ${target}, [^]*no space left on device[^]*fix:  make room on the disk of target ${target}`;
        assert.match(said, new RegExp(told, "i"));
      }
      assert.doesNotMatch(said, /\.go:\d+|runtime\./);
      assert.deepEqual(await newest(), kept);
      await lab.backup(0, "verify", "registry", "--all");
      for (const each of [s3, house]) disk(each).makeRoom();
      await lab.backup(0, "run");
    });

    it("report that the scratch folder of a drill or a restore is, and leave nothing there", async () => {
      const { folder } = disk(here);
      lab.program.use({ TMPDIR: folder });
      const full =
        /registry: restoring failed: a disk is full, not the target's[^]*no space left on device[^]*fix:  make room/;
      assert.match(await lab.backup(1, "drill", "registry"), full);
      assert.match(await lab.backup(1, "restore", "registry"), full);
      const to = join(folder, "new");
      assert.match(await lab.backup(1, "restore", "registry", "--to", to), full);
      assert.deepEqual(readdirSync(folder), []);
      lab.program.use({ TMPDIR: lab.sshd.folder });
      await lab.backup(0, "drill", "registry");
    });
  },
  noSmallDisk(),
);
