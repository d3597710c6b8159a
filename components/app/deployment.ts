import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { Customizable } from "../shared/customize";
import { provenance } from "./annotations";
import { slotObject, type AppContext, type Dependencies, type Version } from "./context";
import { firstSlot, otherSlot, type Track } from "./rollout";
import { declareSecret } from "./secrets";
import type { AppSpec } from "./spec";
import { autoscalerSpec, deploymentSpec, rolloutPatience, type WorkloadArgs } from "./workload";

/** Pods of a version in a slot. */
export interface DeploymentArgs {
  /** The slot, whether it serves, and how many pods it has. */
  track: Track;
  /** What the pods run. */
  version: Version;
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
        // Written down so that whoever takes the autoscaler away brings about a change, and the declared number with it.
        annotations: { ...provenance(version), ...(scale && { "slipway/scaled": "true" }) },
      },
      spec: deploymentSpec(workload),
    },
    // Stated for the first pods; from then on the number is the autoscaler's.
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
function workloadOf(context: AppContext, track: Track, version: Version): WorkloadArgs {
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
    // While a release is under way its own strategy holds, whatever the file says by now: none of its pods goes before others serve.
    spec: { ...spec, strategy: next?.strategy ?? spec.strategy },
    secretName: declareSecret(context, track, version),
    pullSecret: registry.pullSecret,
  };
}

/** Only what serves at full strength is scaled; who is on the way has the number of pods that its stage says. */
function scaleOf(
  { layout }: AppContext,
  { track: { slot, replicas }, version: { spec }, strength }: DeploymentArgs,
): AppSpec["autoscale"] {
  return layout.serving.includes(slot) && replicas === strength ? spec.autoscale : undefined;
}

/** Patched as its own version says: what serves is not to change because another one is being rolled out. */
function patchesOf({ name, args }: AppContext, { role }: Track): pulumi.ResourceTransformation[] {
  const customizer = args.customizers?.[role === "live" ? "live" : "spec"];
  return customizer === undefined ? [] : [customizer.transformation(ofApp(name))];
}

/** Objects of a project: those of either slot go by its name, too, for which one serves changes with each release. */
export const ofApp = (name: string): Customizable => ({
  alsoCalled: (object) => (object === slotObject(name, otherSlot(firstSlot)) ? name : object),
});
