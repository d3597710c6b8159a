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
  constructor(name: string, args: VolumeBackupsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("VolumeBackups", engineNameBeside(name, "backups"), opts);
    const { spec, backup, secrets, placement, registry } = args;
    const { target } = backup.volumes;
    const own = besideName(name, "backup");
    const labels = objectLabels({
      name: own,
      system: placement.system,
      component: "backup",
      project: spec.project,
    });
    const metadata = { namespace: placement.namespace, labels };
    const access = volumeAccess(backup, volumePath(name, ""));
    const secretData = Object.entries({ ...access.secretEnv, ...access.secretFiles });
    const stringData = {
      ...accessFiles(access, spec.runAsUser),
      ...Object.fromEntries(
        secretData.map(([key, secret]) => [
          key,
          pulumi
            .secret(secrets[secret] ?? "")
            .apply((text) => (key in access.secretFiles ? privateKeyFile(text) : text)),
        ]),
      ),
    };
    const engineName = (what: string): string => engineNameBeside(name, what);
    const secret = new k8s.core.v1.Secret(
      engineName("backup"),
      { metadata, immutable: true, stringData },
      this.child,
    );
    new k8s.networking.v1.NetworkPolicy(
      engineName("backup"),
      {
        metadata: { ...metadata, name: own },
        spec: {
          podSelector: { matchLabels: selectorLabels(own) },
          policyTypes: ["Ingress", "Egress"],
          egress: [targetEgress(target)],
        },
      },
      this.child,
    );
    for (const volume of volumesWanted(spec)) {
      const { pullSecret } = registry;
      const job = { name, spec, volume, backup, labels, secret: secret.metadata.name };
      const all = { ...job, ...(pullSecret === undefined ? {} : { pullSecret }) };
      for (const [what, make] of [
        ["backup", backupCronJob],
        ["drill", drillCronJob],
      ] as const) {
        new k8s.batch.v1.CronJob(
          engineName(`${what}-${volume}`),
          {
            metadata: { ...metadata, name: volumeJobName(name, what, volume) },
            spec: make(all),
          },
          this.child,
        );
      }
    }
    this.registerOutputs({});
  }
}
