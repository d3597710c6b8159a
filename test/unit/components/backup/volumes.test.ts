import * as assert from "node:assert/strict";
import type { Target } from "../../../../components/backup/spec";
import {
  accessFiles,
  backupCronJob,
  drillCronJob,
  targetEgress,
  volumeAccess,
  volumeJobName,
  type VolumeJobArgs,
} from "../../../../components/backup/volume-job";

const sftp: Target = {
  name: "house",
  kind: "sftp",
  address: "10.0.9.9",
  port: 22,
  user: "backup",
  key: "backupKey",
  hostKey: "ssh-ed25519 AAAA",
  path: "/srv/slipway",
};
const s3: Target = {
  name: "offsite",
  kind: "s3",
  endpoint: "https://s3.example",
  bucket: "slipway",
  region: "us-east-1",
  accessKey: "s3AccessKey",
  secretKey: "s3SecretKey",
};
const image = `harbor:8080/tools/backup@sha256:${"b".repeat(64)}`;

const args = (target: Target): VolumeJobArgs => ({
  name: "shop",
  spec: { runAsUser: 1000 },
  volume: "data",
  secret: "shop-x1",
  labels: {},
  backup: {
    stack: "prod",
    password: "backupPassword",
    without: {},
    volumes: { schedule: "daily", drill: "weekly", keep: { daily: 7 }, target, image },
  },
});

interface Container {
  env: { name: string; valueFrom?: unknown }[];
}
const containersOf = (spec: object): Container[] =>
  (spec as { jobTemplate: { spec: { template: { spec: { containers: Container[] } } } } })
    .jobTemplate.spec.template.spec.containers;

describe("the Jobs of a volume", () => {
  it("are given secrets by reference only", () => {
    const text = JSON.stringify([backupCronJob(args(sftp)), drillCronJob(args(sftp))]);
    assert.doesNotMatch(text, /backupPassword|backupKey/);
    const { env } = containersOf(backupCronJob(args(s3)))[0] ?? { env: [] };
    assert.deepEqual(
      env.filter(({ valueFrom }) => valueFrom !== undefined).map(({ name }) => name),
      ["RESTIC_PASSWORD", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"],
    );
  });

  it("know their user where ssh asks", () => {
    const { backup } = args(sftp);
    assert.match(
      accessFiles(volumeAccess(backup, "x"), 1000)["passwd"] ?? "",
      /^restic:x:1000:1000:/,
    );
    assert.deepEqual(accessFiles(volumeAccess(args(s3).backup, "x"), 1000), {});
  });

  it("reach the target and nothing else", () => {
    assert.deepEqual(targetEgress(sftp), {
      to: [{ ipBlock: { cidr: "10.0.9.9/32" } }],
      ports: [{ protocol: "TCP", port: 22 }],
    });
    assert.deepEqual(targetEgress(s3), { ports: [{ protocol: "TCP", port: 443 }] });
  });

  it("have names that leave room for those of their Jobs", () => {
    const long = volumeJobName("a".repeat(63), "backup", "data");
    assert.ok(long.length <= 52);
    assert.notEqual(long, volumeJobName(`${"a".repeat(62)}b`, "backup", "data"));
  });
});
