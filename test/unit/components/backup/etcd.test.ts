import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  etcdBody,
  etcdSecrets,
  etcdSettings,
  type EtcdArgs,
} from "../../../../components/backup/etcd";
import { etcdScript } from "../../../../components/backup/etcd-script";
import { calendarOf } from "../../../../components/backup/schedule";

const s3 = {
  name: "off",
  kind: "s3" as const,
  endpoint: "https://s3.example",
  bucket: "backups",
  region: "us-east-1",
  accessKey: "s3Key",
  secretKey: "s3Secret",
};
const sftp = {
  name: "off",
  kind: "sftp" as const,
  address: "10.0.9.9",
  port: 22,
  user: "keeper",
  key: "keeperKey",
  hostKey: "ssh-ed25519 AAAA",
  path: "/backups",
};
const specOf = (target: typeof s3 | typeof sftp): EtcdArgs["spec"] => ({
  stack: "prod",
  password: "backupPassword",
  etcd: { schedule: "hourly", drill: "weekly", keep: { hourly: 24 }, target },
});
const secrets = {
  backupPassword: "it's <one>",
  s3Key: "AKIA",
  s3Secret: "hidden",
  keeperKey: "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Blb\n-----END OPENSSH PRIVATE KEY-----",
};
const bodyOf = (more: Partial<EtcdArgs> = {}): string =>
  etcdBody({
    spec: specOf(s3),
    name: "t02",
    address: "10.0.0.12",
    version: "v1.36.1",
    images: "registry.k8s.io",
    rank: 1,
    planes: 3,
    ...more,
  });
const scriptOf = (keep?: { hourly: number }): string =>
  etcdScript({
    options: [],
    host: "t02",
    address: "10.0.0.12",
    version: "v1.36.1",
    images: "registry.k8s.io",
    keep,
  });

describe("the backup of etcd on a control plane", () => {
  it("is given what opens the repository by standard input, and as a shell reads it", () => {
    assert.deepEqual(etcdSecrets(specOf(s3)), ["backupPassword", "s3Key", "s3Secret"]);
    const [first, ...rest] = etcdSettings(specOf(s3), secrets).split("\n");
    assert.equal(first, ">>> env");
    const read = `${rest.join("\n")}\nprintf '%s|%s|%s' "$RESTIC_PASSWORD" "$AWS_SECRET_ACCESS_KEY" "$RESTIC_REPOSITORY"`;
    assert.equal(
      execFileSync("sh", ["-c", read], { encoding: "utf8", env: { PATH: process.env["PATH"] } }),
      "it's <one>|hidden|s3:https://s3.example/backups/prod/etcd",
    );
  });

  it("is given a target's private key as a file of its own", () => {
    const files = etcdSettings(specOf(sftp), secrets).split(/^>>> /m).slice(1);
    assert.deepEqual(files.map((file) => file.split("\n")[0]).sort(), [
      "env",
      "key",
      "known_hosts",
      "ssh_config",
    ]);
    assert.ok(files.includes(`key\n${secrets.keeperKey}\n`));
  });

  it("has no secret in what is rendered", () => {
    for (const target of [s3, sftp]) {
      const body = bodyOf({ spec: specOf(target) });
      for (const secret of ["hidden", "AKIA", "it's <one>", "PRIVATE KEY"])
        assert.ok(!body.includes(secret), secret);
    }
  });

  it("is a script that a shell can read, and a body that it can", () => {
    for (const text of [scriptOf(), scriptOf({ hourly: 24 }), bodyOf(), bodyOf({ rank: 0 })])
      execFileSync("sh", ["-n"], { input: text });
  });

  it("removes old snapshots from one control plane only", () => {
    assert.match(bodyOf({ rank: 0 }), /KEEP='\S*forget --tag backup .* --keep-hourly 24'/);
    assert.doesNotMatch(bodyOf(), /--keep-hourly/);
  });

  it("never sends what is broken, and never stops a live etcd but to restore", () => {
    const script = scriptOf();
    const verb = (name: string): string =>
      new RegExp(`\\n${name}\\(\\) \\{\\n(.*?)\\n\\}\\n`, "s").exec(script)?.[1] ?? "";
    assert.ok(verb("run").indexOf('whole "$db"') > 0);
    assert.ok(verb("run").indexOf('whole "$db"') < verb("run").indexOf("back_up"));
    for (const each of ["run", "drill", "prove", "fetch"]) {
      assert.ok(verb(each).length > 50, each);
      assert.doesNotMatch(verb(each), /park|mv .*\$data|rm .*\$data/, each);
    }
    assert.match(verb("restore"), /--bump-revision "\$BUMP" --mark-compacted/);
    assert.match(script, /^BUMP=1000000000$/m);
  });

  const calendars: [schedule: string, later: number, calendar: string][] = [
    ["hourly", 0, "*:00:00"],
    ["hourly", 600, "*:10:00"],
    ["*:0/15", 300, "*:5/15:00"],
    ["*:0/5", 100, "*:1/5:40"],
    ["daily", 1200, "*-*-* 00:20:00"],
    ["02:30", 600, "*-*-* 02:40:00"],
    ["23:55", 600, "*-*-* 00:05:00"],
    ["weekly", 600, "Mon *-*-* 00:10:00"],
  ];
  for (const [schedule, later, calendar] of calendars) {
    it(`is due ${schedule}, ${later} s later: ${calendar}`, () => {
      assert.equal(calendarOf(schedule, later), calendar);
    });
  }

  it("is at another time on each control plane", () => {
    const times = [0, 1, 2].map((rank) => /OnCalendar=(.*)/.exec(bodyOf({ rank }))?.[1]);
    assert.deepEqual(times, ["*:00:00", "*:10:00", "*:20:00"]);
  });
});
