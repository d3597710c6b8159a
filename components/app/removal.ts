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
  /** Namespace of the note, and the system that the project belonged to. */
  placement: PlacementContract;
  /** Who has taken it out, and when. */
  said: Said;
}

/**
 * What the cluster keeps of a project that has been taken out of a stack: a note of who did so, and when. Without it nothing
 * there would know, and an update of an older checkout would bring the project back without a word.
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
