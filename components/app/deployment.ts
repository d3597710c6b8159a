import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { Customizable } from "../shared/customize";
import { provenance } from "./annotations";
import { slotObject, type AppContext, type Dependencies, type DeclaredVersion } from "./context";
import { firstSlot, otherSlot, type Track } from "./rollout";
import { declareSecret } from "./secrets";
import type { AppSpec } from "./spec";
import { autoscalerSpec, deploymentSpec, rolloutPatience, type WorkloadArgs } from "./workload";

/** Pods of a version in a slot. */
export interface DeploymentArgs {
  /** The slot, whether it serves, and how many pods it has. */
  track: Track;
  /** The version that the pods run. */
  version: DeclaredVersion;
  /** How many pods serve: only a Deployment with as many is scaled. */
  strength: number;
}

/** One of a project's Deployments, with its Secret and its autoscaler; resolves once its pods are ready. */
export function declareDeployment(
  context: AppContext,
  args: DeploymentArgs,
  dependsOn: Dependencies,
): Promise<pulumi.Resource> {
  const { track, version } = args;
  const { rollouts, next } = context.args;
  const what = context.slotName(track.slot);
  const metadata = context.metadata(what);
  const workload = workloadOf(context, track, version);
  const scale = scaleOf(context, args);
  const transformations = patchesOf(context, track);
  const deployment = new k8s.apps.v1.Deployment(
    context.engineName(what),
    {
      metadata: {
        ...metadata,
        labels: workload.labels,
        // The annotation makes the removal of the autoscaler a change, which applies the declared number of pods again.
        annotations: { ...provenance(version), ...(scale && { "slipway/scaled": "true" }) },
      },
      spec: deploymentSpec(workload),
    },
    // The number for the first pods; from then on the autoscaler sets it.
    context.with({
      dependsOn: rollouts.after(dependsOn),
      ignoreChanges: scale === undefined ? [] : ["spec.replicas"],
      transformations,
    }),
  );
  const outgoing = track.role === "live" && next !== undefined;
  const ready = rollouts.ready(deployment, rolloutPatience(workload.spec), { outgoing });
  if (scale !== undefined) {
    new k8s.autoscaling.v2.HorizontalPodAutoscaler(
      context.engineName(what),
      { metadata, spec: autoscalerSpec(metadata.name, version.spec.replicas, scale) },
      context.with({ dependsOn: ready, transformations }),
    );
  }
  return ready;
}

/** What the Deployment is rendered from; declares the version's secrets. */
function workloadOf(context: AppContext, track: Track, version: DeclaredVersion): WorkloadArgs {
  const { next, registry } = context.args;
  const { image, configuration, spec } = version;
  const selector = context.slotSelector(track.slot);
  const { labels } = context.metadata(context.slotName(track.slot));
  return {
    name: context.name,
    replicas: track.replicas,
    image,
    configuration,
    labels: { ...labels, ...selector },
    selector,
    // During a release its own strategy holds, whatever the file says by now: no pod is removed before others serve.
    spec: { ...spec, strategy: next?.strategy ?? spec.strategy },
    secretName: declareSecret(context, track, version),
    pullSecret: registry.pullSecret,
  };
}

/** Autoscale only what serves at full strength; during a release the stage fixes the replicas. */
function scaleOf(
  { layout }: AppContext,
  { track: { slot, replicas }, version: { spec }, strength }: DeploymentArgs,
): AppSpec["autoscale"] {
  return layout.serving.includes(slot) && replicas === strength ? spec.autoscale : undefined;
}

/** Each version has its own patches: the version that serves must not change because another one is being rolled out. */
function patchesOf({ name, args }: AppContext, { role }: Track): pulumi.ResourceTransformation[] {
  const customizer = args.customizers?.[role === "live" ? "live" : "spec"];
  return customizer === undefined ? [] : [customizer.transformation(ofApp(name))];
}

/** Objects of a project for patches: those of either slot match its name too, because a release changes which one serves. */
export const ofApp = (name: string): Customizable => ({
  alsoCalled: (object) => (object === slotObject(name, otherSlot(firstSlot)) ? name : object),
});
