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

interface Pod {
  securityContext: { runAsNonRoot: boolean; runAsUser: number };
  containers: {
    command: string[];
    env: { name: string; value?: string; valueFrom?: unknown }[];
    volumeMounts: { name: string; mountPath: string; readOnly: boolean }[];
  }[];
  volumes: { name: string }[];
}
const podOf = (spec: object): Pod =>
  (spec as { jobTemplate: { spec: { template: { spec: Pod } } } }).jobTemplate.spec.template.spec;

describe("the Jobs of a volume", () => {
  it("read it as the project's own user, and may not write it", () => {
    const pod = podOf(backupCronJob(args(s3)));
    assert.equal(pod.securityContext.runAsUser, 1000);
    const [mount] = pod.containers[0]?.volumeMounts ?? [];
    assert.deepEqual(mount, { name: "data", mountPath: "/data", readOnly: true });
  });

  it("never run twice at once, and are given up one day", () => {
    const spec = backupCronJob(args(s3)) as {
      concurrencyPolicy: string;
      jobTemplate: { spec: object };
    };
    assert.equal(spec.concurrencyPolicy, "Forbid");
    assert.ok("activeDeadlineSeconds" in spec.jobTemplate.spec);
  });

  it("are given secrets by reference only", () => {
    const text = JSON.stringify([backupCronJob(args(sftp)), drillCronJob(args(sftp))]);
    assert.doesNotMatch(text, /backupPassword|backupKey/);
    const { env } = podOf(backupCronJob(args(s3))).containers[0] ?? { env: [] };
    assert.deepEqual(
      env.filter(({ valueFrom }) => valueFrom !== undefined).map(({ name }) => name),
      ["RESTIC_PASSWORD", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"],
    );
  });

  it("leave the volume alone in a drill", () => {
    const { volumes } = podOf(drillCronJob(args(s3)));
    assert.deepEqual(
      volumes.map(({ name }) => name),
      ["scratch", "tmp"],
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
