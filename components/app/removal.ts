import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { PlatformComponent } from "../shared/component";
import type { PlacementContract } from "../shared/contracts";
import { objectLabels, removedLabel } from "../shared/labels";
import { besideName, engineNameBeside } from "../shared/names";
import { releasedAnnotation, type Said } from "./annotations";

/** What a `Removal` is made from. */
export interface RemovalArgs {
  /** Its name in Gitea. */
  project: string;
  /** Namespace of the ConfigMap, and the system that the project belonged to. */
  placement: PlacementContract;
  /** Who removed it, and when. */
  said: Said;
}

/**
 * A ConfigMap that records who removed a project from a stack, and when. Without it an update from an older checkout would
 * silently bring the project back.
 */
export class Removal extends PlatformComponent {
  constructor(
    name: string,
    { project, placement, said }: RemovalArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    const engineName = engineNameBeside(name, "removed");
    super("Removal", engineName, opts);
    const { system, namespace } = placement;
    const labels = objectLabels({ name, system, component: "removed", project });
    new k8s.core.v1.ConfigMap(
      engineName,
      {
        metadata: {
          name: besideName(name, "removed"),
          namespace,
          labels: { ...labels, [removedLabel]: "true" },
          annotations: releasedAnnotation(said),
        },
      },
      this.child,
    );
    this.registerOutputs({});
  }
}
