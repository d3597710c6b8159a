import * as assert from "node:assert/strict";
import type { Repository } from "../../../components/backup/spec";
import { failure } from "../../../src/backup/explain";
import type { Snapshot } from "../../../src/backup/repository";
import { isWell, statusFrom } from "../../../src/backup/status";
import { statusText } from "../../../src/cli/commands/backup-table";

const repository: Repository = {
  part: "state",
  path: "state",
  spec: {
    schedule: "hourly",
    drill: "weekly",
    keep: { daily: 7 },
    target: {
      name: "offsite",
      kind: "s3",
      endpoint: "https://s3.example",
      bucket: "slipway",
      region: "us-east-1",
      accessKey: "id",
      secretKey: "key",
    },
  },
};
const now = new Date("2026-11-22T12:00:00Z");
const snapshot = (hoursAgo: number, ...tags: string[]): Snapshot => ({
  id: `s${hoursAgo}`,
  host: "test",
  paths: ["/d"],
  tags,
  at: new Date(now.getTime() - hoursAgo * 3_600_000),
});

describe("the status of a part", () => {
  const drilled = snapshot(30, "drill", "ok");
  const table: [string, Snapshot[], string | undefined][] = [
    ["well", [snapshot(2, "backup"), drilled, snapshot(1, "backup")], undefined],
    ["nothing is there", [], "there is no backup"],
    ["what was given up is no backup", [snapshot(0, "unfinished", "run-1")], "there is no backup"],
    ["late", [drilled, snapshot(2, "backup")], "late: one is due hourly"],
    ["never drilled", [snapshot(1, "backup")], "never drilled"],
    [
      "a drill that failed after one that passed",
      [drilled, snapshot(2, "drill", "failed"), snapshot(1, "backup")],
      "the last drill failed",
    ],
    [
      "a drill of long ago",
      [snapshot(300, "drill", "ok"), snapshot(1, "backup")],
      "the drill is late: one is due weekly",
    ],
    ["late, and never drilled", [snapshot(9, "backup")], "late: one is due hourly; never drilled"],
  ];
  for (const [title, snapshots, problem] of table) {
    it(title, () => {
      assert.equal(statusFrom(repository.spec, snapshots, now).problem, problem);
    });
  }

  it("is one line", () => {
    const judged = statusFrom(repository.spec, [drilled, snapshot(1, "backup")], now);
    const status = { part: "state", schedule: "hourly", target: "offsite", bytes: 3_355_443 };
    const text = statusText([{ ...status, ...judged }], { etcd: "a test room" });
    assert.match(
      text,
      /state +│ hourly +│ offsite +│ s1, 60 min ago +│ 1 +│ 3\.2 MiB +│ passed 1 d ago +│ well/,
    );
    assert.match(text, /etcd is left out: a test room/);
  });

  it("has the reports of its machines, whatever the target shows", () => {
    const judged = statusFrom(repository.spec, [drilled, snapshot(1, "backup")], now);
    const plain = { part: "etcd", schedule: "hourly", target: "offsite" };
    const status = { ...plain, ...judged, warnings: ["t01: no room", "t02: no word"] };
    assert.equal(isWell({ ...plain, ...judged }), true);
    assert.equal(isWell(status), false);
    const text = statusText([status], {});
    assert.match(text, /passed 1 d ago +│ see below/);
    assert.match(text, /\netcd: t01: no room\netcd: t02: no word$/);
  });
});

describe("what went wrong with a backup", () => {
  const table: [string, string?, string?][] = [
    [
      "Fatal: wrong password or no key found",
      "the password does not open the repository",
      "when the repository was made",
    ],
    [
      "Fatal: unable to open config file: Stat: The request signature we calculated does not match\nIs there a repository at the following location?",
      "the server refuses the keys",
      "targets.offsite.accessKey",
    ],
    [
      "Host key verification failed.\nFatal: unable to open repository",
      "another host key",
      "targets.offsite.hostKey",
    ],
    ["backup@10.0.9.9: Permission denied (publickey).", "rejects this key", "authorized_keys"],
    [
      "Fatal: unable to open config file: Stat: dial tcp 10.0.9.9:443: connect: connection refused\nIs there a repository at the following location?",
      "the target cannot be reached",
      "see that https://s3.example answers",
    ],
    [
      "Fatal: unable to open config file: Stat: The specified key does not exist.\nIs there a repository at the following location?",
      "there is no such backup",
      "slipway backup run state --stack uat",
    ],
    ["write /tmp/x: no space left on device", "a disk is full, not the target's", "TMPDIR"],
    [
      "Save(<lock/cedacd1bac>) returned error, retrying after 3.2s: client.PutObject: No space left on device.\ngithub.com/restic/restic/cmd/restic/main.go:98",
      "the target's disk is full",
      "make room on the disk of target offsite",
    ],
    [
      "target: no space left on device: 976.6 KiB and 7 files are free below /srv of backup@10.0.9.9",
      "the target's disk is full",
      "make room on the disk of target offsite",
    ],
    [
      'Fatal: unable to save snapshot: Write: sftp: "Failure" (SSH_FX_FAILURE)',
      "the target rejects what is written",
      "quota",
    ],
    [
      "unable to create lock in backend: repository is already locked by PID 7",
      "another run has kept the repository",
      "let it end",
    ],
    [
      "Pack ID does not match, want 12, got 34\nFatal: repository contains errors",
      "data in the repository is damaged",
      "slipway backup verify state --all --stack uat",
    ],
    ["sh: 1: restic: not found", "a program is missing", "apt-get install restic"],
    ["something new"],
  ];
  for (const [said, what, fix] of table) {
    it(what ?? "is shown as printed if no cause is known", () => {
      const { message, exitCode } = failure(repository, "uat", "the backup", said);
      assert.equal(exitCode, 1);
      assert.ok(message.startsWith("state: the backup failed"), message);
      assert.match(
        message,
        /where: target offsite, state in bucket slipway of https:\/\/s3\.example/,
      );
      assert.ok(message.includes(said.split("\n")[0] ?? ""), message);
      assert.doesNotMatch(message, /\.go:\d/);
      if (what !== undefined) assert.ok(message.split("\n")[0]?.includes(what), message);
      assert.equal(/fix: /.test(message), fix !== undefined);
      if (fix !== undefined) assert.ok(message.includes(fix), message);
    });
  }
});
