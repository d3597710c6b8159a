import * as assert from "node:assert/strict";
import { forgetArgs, resticAccess } from "../../../../components/backup/restic";
import {
  cronOf,
  lateAfter,
  periodOf,
  schedulePattern,
} from "../../../../components/backup/schedule";
import { backupFolder, drillFolder, restoreOver } from "../../../../components/backup/script";
import type { Target } from "../../../../components/backup/spec";

const s3: Target = {
  name: "offsite",
  kind: "s3",
  endpoint: "https://s3.example",
  bucket: "slipway",
  region: "us-east-1",
  accessKey: "s3AccessKey",
  secretKey: "s3SecretKey",
};
const sftp: Target = {
  name: "house",
  kind: "sftp",
  address: "10.0.9.9",
  port: 2222,
  user: "backup",
  key: "backupKey",
  hostKey: "ssh-ed25519 AAAA",
  path: "/srv/slipway",
};
const place = {
  stack: "prod",
  path: "volumes/shop.data",
  password: "backupPassword",
  folder: "/f",
};

describe("how restic reaches a repository", () => {
  it("is a place of its own for each stack and part, in a bucket", () => {
    assert.deepEqual(resticAccess(s3, place), {
      env: {
        RESTIC_REPOSITORY: "s3:https://s3.example/slipway/prod/volumes/shop.data",
        AWS_DEFAULT_REGION: "us-east-1",
      },
      secretEnv: {
        RESTIC_PASSWORD: "backupPassword",
        AWS_ACCESS_KEY_ID: "s3AccessKey",
        AWS_SECRET_ACCESS_KEY: "s3SecretKey",
      },
      files: {},
      secretFiles: {},
      options: [],
    });
  });

  it("is ssh with a configuration of its own, which knows one host key and asks nothing", () => {
    const { env, secretEnv, files, secretFiles, options } = resticAccess(sftp, place);
    assert.deepEqual(env, { RESTIC_REPOSITORY: "sftp:target:/srv/slipway/prod/volumes/shop.data" });
    assert.deepEqual(secretEnv, { RESTIC_PASSWORD: "backupPassword" });
    assert.deepEqual(secretFiles, { key: "backupKey" });
    assert.deepEqual(options, ["-o", "sftp.command=ssh -F /f/ssh_config -s target sftp"]);
    assert.equal(files["known_hosts"], "target ssh-ed25519 AAAA\n");
    for (const line of [
      ...["HostName 10.0.9.9", "Port 2222", "User backup", "IdentityFile /f/key"],
      ...["UserKnownHostsFile /f/known_hosts", "StrictHostKeyChecking yes", "BatchMode yes"],
    ]) {
      assert.ok(files["ssh_config"]?.includes(`  ${line}\n`), line);
    }
  });

  it("forgets by host, and only what is a backup", () => {
    assert.deepEqual(forgetArgs({ hourly: 24, weekly: undefined, monthly: 6 }), [
      ...["forget", "--tag", "backup", "--group-by", "host", "--prune"],
      ...["--keep-hourly", "24", "--keep-monthly", "6"],
    ]);
  });

  it("names no secret in any script", () => {
    const { options } = resticAccess(sftp, place);
    const args = { options, host: "prod", source: { data: "/d", manifest: "/m/SHA256SUMS" } };
    const scripts = [
      backupFolder({ ...args, keep: { daily: 7 } }),
      drillFolder({ ...args, scratch: "/s" }),
      restoreOver({ ...args, snapshot: "abc" }),
    ];
    for (const script of scripts) assert.doesNotMatch(script, /backupPassword|backupKey|RESTIC_/);
  });
});

describe("a schedule", () => {
  const table: [string, number, RegExp][] = [
    ["hourly", 3600, /^([0-9]|[1-5][0-9]) \* \* \* \*$/],
    ["daily", 86_400, /^([0-9]|[1-5][0-9]) 0 \* \* \*$/],
    ["weekly", 604_800, /^([0-9]|[1-5][0-9]) 0 \* \* 1$/],
    ["*:0/15", 900, /^\*\/15 \* \* \* \*$/],
    ["02:30", 86_400, /^30 2 \* \* \*$/],
  ];
  for (const [schedule, period, cron] of table) {
    it(`${schedule} is the same for systemd and for a CronJob`, () => {
      assert.match(schedule, schedulePattern);
      assert.equal(periodOf(schedule), period);
      assert.equal(lateAfter(schedule), 1.5 * period);
      assert.match(cronOf(schedule, "shop data"), cron);
      assert.equal(cronOf(schedule, "shop data"), cronOf(schedule, "shop data"));
    });
  }

  for (const wrong of ["", "monthly", "*:0/7", "24:00", "2:30", "hourly; reboot", "* * * * *"]) {
    it(`is not ${JSON.stringify(wrong)}`, () => {
      assert.doesNotMatch(wrong, schedulePattern);
    });
  }

  it("spreads what is due at the same hour", () => {
    const minutes = new Set(Array.from({ length: 50 }, (_, index) => cronOf("daily", `p${index}`)));
    assert.ok(minutes.size > 20, `${minutes.size}`);
  });
});
