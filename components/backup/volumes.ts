import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { PlatformComponent } from "../shared/component";
import type { PlacementContract, RegistryContract } from "../shared/contracts";
import { objectLabels, selectorLabels } from "../shared/labels";
import { besideName, engineNameBeside } from "../shared/names";
import { privateKeyFile } from "../shared/ssh";
import {
  accessFiles,
  backupCronJob,
  drillCronJob,
  targetEgress,
  volumeAccess,
  volumeJobName,
  volumePath,
  type VolumesBackup,
} from "./volume-job";
import { volumesWanted, type VolumeOwner } from "./owner";

/** What the backups of a project's volumes are made from. */
export interface VolumeBackupsArgs {
  /** The project: its volumes, and the user who may read them. */
  spec: VolumeOwner;
  /** Target, schedules, retention and image of the volumes' backups. */
  backup: VolumesBackup;
  /** The stack's secrets by name, of which `backup` names some. */
  secrets: Readonly<Record<string, pulumi.Input<string>>>;
  /** Namespace of all its objects, and the system they belong to. */
  placement: PlacementContract;
  /** Registry that the image is in, and the Secret that nodes pull it with. */
  registry: RegistryContract;
}

/**
 * A CronJob that backs each of a project's volumes up, and one that drills it, with no right but to read the volume and to
 * reach the target.
 */
export class VolumeBackups extends PlatformComponent {
  constructor(
    private readonly name: string,
    private readonly args: VolumeBackupsArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("VolumeBackups", engineNameBeside(name, "backups"), opts);
    const { spec, placement } = args;
    const { system, namespace } = placement;
    const own = besideName(name, "backup");
    const { project } = spec;
    const labels = objectLabels({ name: own, system, component: "backup", project });
    const metadata = { namespace, labels };

    const secret = this.access(metadata);
    this.network({ ...metadata, name: own });
    for (const volume of volumesWanted(spec)) this.jobs(volume, secret, metadata);
    this.registerOutputs({});
  }

  /** What opens the target, under a name of the engine's: another content is another Secret. */
  private access(metadata: Metadata): pulumi.Output<string> {
    const secret = new k8s.core.v1.Secret(
      engineNameBeside(this.name, "backup"),
      { metadata, immutable: true, stringData: accessData(this.name, this.args) },
      this.child,
    );
    return secret.metadata.name;
  }

  /** Its pods reach the target and nothing else, and nobody reaches them. */
  private network(metadata: Metadata & { name: string }): void {
    const { target } = this.args.backup.volumes;
    new k8s.networking.v1.NetworkPolicy(
      engineNameBeside(this.name, "backup"),
      {
        metadata,
        spec: {
          podSelector: { matchLabels: selectorLabels(metadata.name) },
          policyTypes: ["Ingress", "Egress"],
          egress: [targetEgress(target)],
        },
      },
      this.child,
    );
  }

  /** The backup of a volume, and its drill. */
  private jobs(volume: string, secret: pulumi.Output<string>, metadata: Metadata): void {
    const { name, child } = this;
    const { spec, backup, registry } = this.args;
    const { pullSecret } = registry;
    const job = { name, spec, volume, backup, labels: metadata.labels, secret };
    const all = { ...job, ...(pullSecret === undefined ? {} : { pullSecret }) };
    for (const [what, make] of [
      ["backup", backupCronJob],
      ["drill", drillCronJob],
    ] as const) {
      new k8s.batch.v1.CronJob(
        engineNameBeside(name, `${what}-${volume}`),
        { metadata: { ...metadata, name: volumeJobName(name, what, volume) }, spec: make(all) },
        child,
      );
    }
  }
}

/** Metadata of all that backups have. */
interface Metadata {
  namespace: pulumi.Input<string>;
  labels: Record<string, string>;
}

/** What pods find in the Secret: files, and the values of the secrets that the target names. */
function accessData(
  name: string,
  { spec, backup, secrets }: VolumeBackupsArgs,
): Record<string, pulumi.Input<string>> {
  const access = volumeAccess(backup, volumePath(name, ""));
  const valueOf = (key: string, secret: string): pulumi.Output<string> =>
    pulumi
      .secret(secrets[secret] ?? "")
      .apply((text) => (key in access.secretFiles ? privateKeyFile(text) : text));
  const secretData = Object.entries({ ...access.secretEnv, ...access.secretFiles });
  return {
    ...accessFiles(access, spec.runAsUser),
    ...Object.fromEntries(secretData.map(([key, secret]) => [key, valueOf(key, secret)])),
  };
}
