import * as pulumi from "@pulumi/pulumi";
import assert from "node:assert/strict";
import { backupFolder, drillFolder } from "../../../../components/backup/script";
import { VolumeBackups } from "../../../../components/backup/volumes";
import { find, record, type Recorded } from "../../../support/record";

const labels = {
  app: "shop-api--backup",
  "app.kubernetes.io/name": "shop-api--backup",
  "app.kubernetes.io/part-of": "shop",
  "app.kubernetes.io/component": "backup",
  "app.kubernetes.io/managed-by": "slipway",
  "slipway/project": "Shop.Api",
};
const annotations = { "pulumi.com/patchForce": "true" };
const metadata = (name: string) => ({ name, namespace: "shop-test", labels, annotations });
const image = `harbor:8080/tools/backup@sha256:${"b".repeat(64)}`;
const key = "-----BEGIN OPENSSH PRIVATE KEY-----\nx\n-----END OPENSSH PRIVATE KEY-----\n";

/** What the scripts of both Jobs are rendered with; their text has tests of its own. */
const common = {
  options: ["-o", "sftp.command=ssh -F /access/ssh_config -s target sftp", "--no-cache"],
  host: "shop-api.data",
  source: { data: "/data", manifest: "/manifest/SHA256SUMS" },
};

/** What the pods of both Jobs have in common. */
const pod = {
  automountServiceAccountToken: false,
  enableServiceLinks: false,
  terminationGracePeriodSeconds: 30,
  restartPolicy: "Never",
  serviceAccountName: "shop-api",
  securityContext: {
    runAsNonRoot: true,
    runAsUser: 1000,
    runAsGroup: 1000,
    fsGroup: 1000,
    fsGroupChangePolicy: "OnRootMismatch",
    seccompProfile: { type: "RuntimeDefault" },
  },
  imagePullSecrets: [{ name: "registry" }],
};
const container = {
  name: "restic",
  image,
  env: [
    {
      name: "RESTIC_REPOSITORY",
      value: "sftp:target:/srv/slipway/prod/volumes/shop-api.data",
    },
    {
      name: "RESTIC_PASSWORD",
      valueFrom: { secretKeyRef: { name: "shop-api--backup-1a2b3c", key: "RESTIC_PASSWORD" } },
    },
  ],
  resources: {
    requests: { cpu: "50m", memory: "64Mi" },
    limits: { cpu: "1", memory: "1Gi" },
  },
  securityContext: {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
  },
};
const sshMounts = [
  { name: "access", mountPath: "/access", readOnly: true },
  { name: "access", mountPath: "/etc/passwd", subPath: "passwd", readOnly: true },
];
const sshVolume = {
  name: "access",
  secret: { secretName: "shop-api--backup-1a2b3c", defaultMode: 0o400 },
};

describe("the manifests of a volume's backup, each as a whole:", () => {
  let resources: Recorded[];
  before(async () => {
    ({ resources } = await record("test", () => {
      new VolumeBackups("shop-api", {
        spec: {
          project: "Shop.Api",
          runAsUser: 1000,
          volumes: { data: { backup: true }, cache: {} },
        },
        placement: { namespace: "shop-test", system: "shop" },
        registry: { host: "harbor:8080", pullSecret: "registry" },
        secrets: { backupPassword: pulumi.secret("hunter2"), backupKey: pulumi.secret(key) },
        backup: {
          stack: "prod",
          password: "backupPassword",
          without: {},
          volumes: {
            schedule: "daily",
            drill: "weekly",
            keep: { daily: 7 },
            image,
            target: {
              name: "house",
              kind: "sftp",
              address: "10.0.9.9",
              port: 22,
              user: "backup",
              key: "backupKey",
              hostKey: "ssh-ed25519 AAAA",
              path: "/srv/slipway",
            },
          },
        },
      });
    }));
  });

  it("CronJob that backs it up, as the project's own user, who may not write it", () => {
    assert.deepEqual(find(resources, "CronJob", "shop-api--backup-data").inputs, {
      apiVersion: "batch/v1",
      kind: "CronJob",
      metadata: metadata("shop-api--backup-data"),
      spec: {
        schedule: "30 0 * * *",
        concurrencyPolicy: "Forbid",
        startingDeadlineSeconds: 3600,
        successfulJobsHistoryLimit: 1,
        failedJobsHistoryLimit: 3,
        jobTemplate: {
          spec: {
            backoffLimit: 2,
            activeDeadlineSeconds: 21_600,
            template: {
              metadata: { labels },
              spec: {
                ...pod,
                affinity: {
                  podAffinity: {
                    preferredDuringSchedulingIgnoredDuringExecution: [
                      {
                        weight: 100,
                        podAffinityTerm: {
                          topologyKey: "kubernetes.io/hostname",
                          labelSelector: { matchLabels: { app: "shop-api" } },
                        },
                      },
                    ],
                  },
                },
                containers: [
                  {
                    ...container,
                    command: ["sh", "-c", backupFolder({ ...common, keep: { daily: 7 } })],
                    volumeMounts: [
                      { name: "data", mountPath: "/data", readOnly: true },
                      { name: "sums", mountPath: "/manifest", readOnly: false },
                      { name: "tmp", mountPath: "/tmp", readOnly: false },
                      ...sshMounts,
                    ],
                  },
                ],
                volumes: [
                  { name: "data", persistentVolumeClaim: { claimName: "shop-api.data" } },
                  { name: "sums", emptyDir: {} },
                  { name: "tmp", emptyDir: {} },
                  sshVolume,
                ],
              },
            },
          },
        },
      },
    });
  });

  it("CronJob that drills it, and has not the volume", () => {
    assert.deepEqual(find(resources, "CronJob", "shop-api--drill-data").inputs, {
      apiVersion: "batch/v1",
      kind: "CronJob",
      metadata: metadata("shop-api--drill-data"),
      spec: {
        schedule: "41 0 * * 1",
        concurrencyPolicy: "Forbid",
        startingDeadlineSeconds: 3600,
        successfulJobsHistoryLimit: 1,
        failedJobsHistoryLimit: 3,
        jobTemplate: {
          spec: {
            backoffLimit: 0,
            activeDeadlineSeconds: 21_600,
            template: {
              metadata: { labels },
              spec: {
                ...pod,
                containers: [
                  {
                    ...container,
                    command: ["sh", "-c", drillFolder({ ...common, scratch: "/scratch" })],
                    volumeMounts: [
                      { name: "scratch", mountPath: "/scratch", readOnly: false },
                      { name: "tmp", mountPath: "/tmp", readOnly: false },
                      ...sshMounts,
                    ],
                  },
                ],
                volumes: [
                  { name: "scratch", emptyDir: {} },
                  { name: "tmp", emptyDir: {} },
                  sshVolume,
                ],
              },
            },
          },
        },
      },
    });
  });

  it("NetworkPolicy, which leads to the target and nowhere else", () => {
    assert.deepEqual(find(resources, "NetworkPolicy").inputs, {
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: metadata("shop-api--backup"),
      spec: {
        podSelector: { matchLabels: { app: "shop-api--backup" } },
        policyTypes: ["Ingress", "Egress"],
        egress: [
          {
            to: [{ ipBlock: { cidr: "10.0.9.9/32" } }],
            ports: [{ protocol: "TCP", port: 22 }],
          },
        ],
      },
    });
  });

  it("Secret, whose values that are secret stay so", () => {
    const secret = find(resources, "Secret");
    const { stringData, ...rest } = secret.inputs;
    assert.deepEqual(rest, {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { namespace: "shop-test", labels, annotations },
      immutable: true,
    });
    const { ssh_config: configured, ...data } = stringData as Record<string, string>;
    assert.match(configured ?? "", /^Host target\n/);
    assert.deepEqual(data, {
      RESTIC_PASSWORD: "hunter2",
      key,
      known_hosts: "target ssh-ed25519 AAAA\n",
      passwd: "restic:x:1000:1000::/tmp:/bin/sh\n",
    });
    assert.deepEqual(secret.secrets, ["stringData"]);
  });
});
