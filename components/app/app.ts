import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { PlatformComponent } from "../shared/component";
import type { Customizable } from "../shared/customize";
import { selectorLabels } from "../shared/labels";
import { declareDeployment, ofApp } from "./deployment";
import { declareEdgePort, sharesByEdge } from "./edge";
import { AppContext, slotObject, type Dependencies, type DeclaredVersion } from "./context";
import { buildImage } from "./image";
import { networkPolicySpec, routeOf } from "./network";
import { firstSlot, isHalves, layoutOf, type TrackLayout, type Track } from "./rollout";
import { secretProblems, specProblems } from "./spec";
import { declareCandidate, declareCheck, declarePull, declareTraffic } from "./traffic";
import { budgetSpec, claimSpec } from "./workload";
import { claimName } from "../shared/names";
import { declareConfigs } from "./config-objects";
import type { AppArgs } from "./args";

/**
 * One application project: its image, Deployments and Services, and all that makes them safe to run. Within one update traffic
 * moves last: Deployments become ready, the check passes, then Service and canary Ingress change; objects that are no longer
 * needed are deleted after that.
 */
export class App extends PlatformComponent {
  /** The image that serves, by digest. */
  public readonly image: pulumi.Output<string>;
  private readonly context: AppContext;
  /** How many pods serve. */
  private readonly strength: number;

  constructor(
    private readonly name: string,
    private readonly args: AppArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("App", name, opts);
    const { spec, secrets } = args;
    this.refuse([...specProblems(spec), ...secretProblems(spec, Object.keys(secrets))]);
    this.strength = strengthOf(name, args);
    this.context = new AppContext(name, args, layout(args, this.strength), this.child);
    const { context } = this;
    const [live, target] = [this.liveVersion(), this.nextVersion()];
    this.image = live.image;

    this.identity();
    this.volumes();
    const configs = declareConfigs(context, [live, target]);
    this.availability();
    declarePull(context, target);
    const { first, last } = inTurn(context.layout);
    const pods = this.deploy(first, { live, target }, configs);
    const candidate = declareCandidate(context, pods);
    const check = declareCheck(context, live, target, [...pods, ...candidate]);
    const route = routeOf(name, spec);
    const traffic = declareTraffic(context, route, [...pods, ...candidate, ...check]);
    declareEdgePort(context, [...candidate, ...traffic]);
    // Nothing depends on these: one that does not become ready fails the update by itself.
    void this.deploy(last, { live, target }, [...configs, ...traffic]);
    this.registerOutputs({ image: this.image });
  }

  private liveVersion(): DeclaredVersion {
    const { image, release, configuration, live = this.args } = this.args;
    const known = { ...release, configuration, spec: live.spec, settings: live.settings };
    if ("ref" in image) return { ...known, image: pulumi.output(image.ref), identity: image.ref };
    const { repository, tag } = image.build;
    const built = buildImage(this.name, image.build, this.child).apply((ref) => {
      image.allow?.(ref);
      return ref;
    });
    return { ...known, image: built, identity: `${repository}:${tag}` };
  }

  private nextVersion(): DeclaredVersion | undefined {
    const { next, spec, settings } = this.args;
    if (next === undefined) return undefined;
    const { ref, release, configuration } = next;
    const known = { ...release, configuration, spec, settings };
    return { ...known, image: pulumi.output(ref), identity: ref };
  }

  /** A dedicated ServiceAccount without role bindings or token. */
  private identity(): void {
    new k8s.core.v1.ServiceAccount(
      this.name,
      { metadata: this.context.metadata(), automountServiceAccountToken: false },
      this.child,
    );
  }

  private volumes(): void {
    const { claims, storage } = this.args;
    const options = {
      protect: storage.keep,
      retainOnDelete: storage.keep,
      // The plugin would replace the claim by an empty one. `Watch` (src/status/watch.ts) refuses a real difference.
      ignoreChanges: ["spec.accessModes", "spec.storageClassName"],
    };
    for (const [volume, claim] of Object.entries(claims)) {
      const metadata = { ...this.context.metadata(), name: claimName(this.name, volume) };
      new k8s.core.v1.PersistentVolumeClaim(
        this.context.engineName(volume),
        { metadata, spec: claimSpec(claim, storage.class) },
        this.context.with(options),
      );
    }
  }

  /** A Deployment for each track, of the version that the track is of. */
  private deploy(
    tracks: readonly Track[],
    { live, target = live }: { live: DeclaredVersion; target: DeclaredVersion | undefined },
    dependsOn: Dependencies,
  ): Promise<pulumi.Resource>[] {
    const versions = { live, next: target };
    const { context, strength } = this;
    return tracks.map((track) =>
      declareDeployment(context, { track, version: versions[track.role], strength }, dependsOn),
    );
  }

  /** Budget and NetworkPolicy, for the pods of all its versions. */
  private availability(): void {
    const { name, child } = this;
    const { spec, ingress } = this.args;
    const [metadata, selector] = [this.context.metadata(), selectorLabels(name)];
    if (spec.replicas > 1 || isHalves(spec.strategy)) {
      const budget = budgetSpec(selector);
      new k8s.policy.v1.PodDisruptionBudget(name, { metadata, spec: budget }, child);
    }
    const policy = networkPolicySpec(spec, selector, ingress);
    new k8s.networking.v1.NetworkPolicy(name, { metadata, spec: policy }, child);
  }
}

/** Kinds of objects that each version of a project has of its own, patched by that version's settings. */
const perVersion = ["Deployment", "HorizontalPodAutoscaler"];

/** Whether a project's versions share its objects of a kind. */
export const isShared = (kind: string): boolean => !perVersion.includes(kind);

/** A project's objects that all its versions share, for patches. */
export const sharedByVersions = (name: string): Customizable => ({
  ...ofApp(name),
  only: isShared,
});

/** Layout of a project, from its settings and the release in progress. */
function layout({ spec, slot = firstSlot, next, edge }: AppArgs, replicas: number): TrackLayout {
  const { strategy, expose } = spec;
  const weighted = expose === "ingress" || sharesByEdge({ spec, edge });
  return layoutOf({ slot, replicas, strategy, stage: next?.stage, weighted });
}

/** What is deployed before the traffic changes, and what only after it. */
const inTurn = ({ tracks, last }: TrackLayout): { first: Track[]; last: Track[] } => ({
  first: tracks.filter(({ slot }) => slot !== last),
  last: tracks.filter(({ slot }) => slot === last),
});

/** Replicas: those of the file; during a release those that an autoscaler gave the old version, because the new one needs as many. */
function strengthOf(
  name: string,
  { spec: { replicas, autoscale }, slot = firstSlot, next, rollouts }: AppArgs,
): number {
  if (autoscale === undefined || next === undefined) return replicas;
  const serving = rollouts.replicas(slotObject(name, slot)) ?? replicas;
  return Math.min(Math.max(replicas, serving), autoscale.max);
}
