import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { selectorLabels } from "../shared/labels";
import { scheduledName, claimName } from "../shared/names";
import { containerSecurity, literal, podSecurity, quietPod } from "../shared/pod";
import { resticAccess, type ResticAccess } from "./restic";
import { cronOf } from "./schedule";
import { backupFolder, drillFolder, manifestIn, restoreOver, type BackupFolder } from "./script";
import type { BackupSpec, Target } from "./spec";
import type { VolumeOwner } from "./owner";

type CronJobSpec = k8s.types.input.batch.v1.CronJobSpec;
type PodSpec = k8s.types.input.core.v1.PodSpec;
type PodVolume = k8s.types.input.core.v1.Volume;

/** Mount paths in the pods. */
const folders = { data: "/data", sums: "/manifest", scratch: "/scratch", access: "/access" };
const source: BackupFolder = { data: folders.data, manifest: manifestIn(folders.sums) };

/** What the Jobs of one volume are made from. */
export interface VolumeJobArgs {
  /** Kubernetes name of the project. */
  name: string;
  /** The user that the pods run as. */
  spec: Pick<VolumeOwner, "runAsUser">;
  /** Name of the volume in the project's file. */
  volume: string;
  /** Target, schedules, retention and image of the volumes' backups. */
  backup: VolumesBackup;
  /** Name of the Secret with the credentials of the target. */
  secret: pulumi.Input<string>;
  /** Labels of the pods, which must not be those of the project's pods. */
  labels: Record<string, string>;
  /** Name of the Secret to pull the image with. @default none: the registry is open to its nodes */
  pullSecret?: string;
}

/** A stack's backups, when its volumes are among them. */
export type VolumesBackup = BackupSpec & { volumes: NonNullable<BackupSpec["volumes"]> };

/** Name of the CronJob that backs a volume up, or drills it. */
export const volumeJobName = (name: string, what: "backup" | "drill", volume: string): string =>
  scheduledName(name, `${what}-${volume}`);

/** Path of a volume's repository below its stack. */
export const volumePath = (name: string, volume: string): string =>
  `volumes/${claimName(name, volume)}`;

/** How pods reach the repository of a volume. */
export const volumeAccess = (
  { stack, password, volumes }: VolumesBackup,
  path: string,
): ResticAccess => resticAccess(volumes.target, { stack, path, password, folder: folders.access });

/** No cache: each run has a new pod. */
const optionsOf = ({ options }: ResticAccess): string[] => [...options, "--no-cache"];

/** Spec of the CronJob that backs up a volume. It mounts the volume read-only, as the project's user. */
export function backupCronJob(args: VolumeJobArgs): CronJobSpec {
  const { name, volume, backup } = args;
  const access = volumeAccess(backup, volumePath(name, volume));
  const { keep, schedule } = backup.volumes;
  const script = backupFolder({
    options: optionsOf(access),
    host: claimName(name, volume),
    source,
    keep,
  });
  const claim = { name: "data", persistentVolumeClaim: { claimName: claimName(name, volume) } };
  return cronJob(cronOf(schedule, `${name} ${volume}`), 2, {
    ...podSpec(args, access, script, [
      { volume: claim, path: folders.data, readOnly: true },
      { volume: { name: "sums", emptyDir: {} }, path: folders.sums },
    ]),
    // A ReadWriteOnce volume is read on the node that has it.
    affinity: {
      podAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          {
            weight: 100,
            podAffinityTerm: {
              topologyKey: "kubernetes.io/hostname",
              labelSelector: { matchLabels: selectorLabels(name) },
            },
          },
        ],
      },
    },
  });
}

/** Spec of the CronJob that restores a volume's newest backup into a scratch folder and compares it. */
export function drillCronJob(args: VolumeJobArgs): CronJobSpec {
  const { name, volume, backup } = args;
  const access = volumeAccess(backup, volumePath(name, volume));
  const script = drillFolder({
    options: optionsOf(access),
    host: claimName(name, volume),
    source,
    scratch: folders.scratch,
  });
  const scratch = { volume: { name: "scratch", emptyDir: {} }, path: folders.scratch };
  const schedule = cronOf(backup.volumes.drill, `${name} ${volume} drill`);
  return cronJob(schedule, 0, podSpec(args, access, script, [scratch]));
}

/** The script that restores a snapshot over the content of the volume, for the same pod with the volume writable. */
export const restoreScript = (
  backup: VolumesBackup,
  { name, volume, snapshot }: { name: string; volume: string; snapshot: string },
): string =>
  restoreOver({
    options: optionsOf(volumeAccess(backup, volumePath(name, volume))),
    host: claimName(name, volume),
    source,
    snapshot,
  });

const cronJob = (schedule: string, backoffLimit: number, pod: LabelledPod): CronJobSpec => {
  const { labels, ...spec } = pod;
  return {
    schedule,
    concurrencyPolicy: "Forbid",
    startingDeadlineSeconds: 3600,
    successfulJobsHistoryLimit: 1,
    failedJobsHistoryLimit: 3,
    jobTemplate: {
      spec: {
        backoffLimit,
        // A Job that hangs would prevent every later one.
        activeDeadlineSeconds: 6 * 3600,
        template: { metadata: { labels }, spec },
      },
    },
  };
};

type LabelledPod = PodSpec & { labels: Record<string, string> };

interface Mounted {
  volume: PodVolume;
  path: string;
  readOnly?: boolean;
}

function podSpec(
  { name, spec, secret, labels, backup, pullSecret }: VolumeJobArgs,
  access: ResticAccess,
  script: string,
  mounted: readonly Mounted[],
): LabelledPod {
  const files = Object.keys({ ...access.files, ...access.secretFiles });
  const all: Mounted[] = [...mounted, { volume: { name: "tmp", emptyDir: {} }, path: "/tmp" }];
  const secretVolume = { name: "access", secret: { secretName: secret, defaultMode: 0o400 } };
  const mounts = all.map(({ volume, path, readOnly = false }) => ({
    name: volume.name,
    mountPath: path,
    readOnly,
  }));
  return {
    ...quietPod,
    labels,
    restartPolicy: "Never",
    serviceAccountName: name,
    securityContext: podSecurity(spec.runAsUser, []),
    ...(pullSecret === undefined ? {} : { imagePullSecrets: [{ name: pullSecret }] }),
    containers: [
      {
        name: "restic",
        image: backup.volumes.image,
        command: ["sh", "-c", script],
        env: [
          ...Object.entries(access.env).map(([variable, value]) => ({
            name: variable,
            value: literal(value),
          })),
          ...Object.keys(access.secretEnv).map((variable) => ({
            name: variable,
            valueFrom: { secretKeyRef: { name: secret, key: variable } },
          })),
        ],
        resources: {
          requests: { cpu: "50m", memory: "64Mi" },
          limits: { cpu: "1", memory: "1Gi" },
        },
        securityContext: containerSecurity,
        volumeMounts: [
          ...mounts,
          ...(files.length === 0
            ? []
            : [
                { name: "access", mountPath: folders.access, readOnly: true },
                // ssh needs an entry for its user.
                { name: "access", mountPath: "/etc/passwd", subPath: "passwd", readOnly: true },
              ]),
        ],
      },
    ],
    volumes: [...all.map(({ volume }) => volume), ...(files.length === 0 ? [] : [secretVolume])],
  };
}

/** Public entries of the Secret: files for ssh. */
export function accessFiles(access: ResticAccess, user: number): Record<string, string> {
  if (Object.keys(access.secretFiles).length === 0) return {};
  return { ...access.files, passwd: `restic:x:${user}:${user}::/tmp:/bin/sh\n` };
}

/** Egress rules of the pods: the target's address, or its port alone where the target is a name. */
export function targetEgress(
  target: Target,
): k8s.types.input.networking.v1.NetworkPolicyEgressRule {
  const { host, port } = addressOf(target);
  const ports = [{ protocol: "TCP", port }];
  return /^[\d.]+$/.test(host) ? { to: [{ ipBlock: { cidr: `${host}/32` } }], ports } : { ports };
}

function addressOf(target: Target): { host: string; port: number } {
  if (target.kind === "sftp") return { host: target.address, port: target.port };
  const { hostname, port, protocol } = new URL(target.endpoint);
  return { host: hostname, port: Number(port) || (protocol === "https:" ? 443 : 80) };
}
