import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { PlatformComponent } from "../shared/component";
import type {
  EdgeContract,
  IngressContract,
  PlacementContract,
  RegistryContract,
  RolloutContract,
} from "../shared/contracts";
import type { Customizable, Customizer } from "../shared/customize";
import { selectorLabels } from "../shared/labels";
import { type Configuration } from "./config";
import { declareDeployment, ofApp } from "./deployment";
import { declareEdgePort, sharesByEdge } from "./edge";
import { AppContext, slotObject, type Dependencies, type Version } from "./context";
import { buildImage, type BuildArgs } from "./image";
import { networkPolicySpec, routeOf, type Route } from "./network";
import {
  firstSlot,
  isHalves,
  layoutOf,
  type Layout,
  type Slot,
  type Stage,
  type Strategy,
  type Track,
} from "./rollout";
import { secretProblems, specProblems, type AppSpec } from "./spec";
import { declareCandidate, declareCheck, declarePull, declareTraffic } from "./traffic";
import { budgetSpec, claimSpec } from "./workload";
import { claimName } from "../shared/names";
import { declareConfigs } from "./config-objects";

/** How volumes are kept. */
export interface StorageArgs {
  /** Name of the storage class. @default the cluster's default class */
  class?: string;
  /** Whether data outlives its project: protected while it is declared, left in the cluster when it no longer is. */
  keep: boolean;
}

/** Where a released image comes from. */
export interface Release {
  /**
   * Tag of the image, for people.
   * @default not known, so no annotation tells it
   * @example `v1.4.2`
   */
  tag?: string;
  /** Commit of the project, 7 to 40 hex digits. @default not known, so no annotation tells it */
  commit?: string;
  /** Commit of the config repository, 7 to 40 hex digits. @default not known, so no annotation tells it */
  config?: string;
  /** When it was released, as records write a moment, and by whom. @default not known, so no annotation tells it */
  released?: { at: string; by: string };
}

/** A version on its way to take over. */
export interface NextRelease {
  /** Image by digest: `harbor:8080/back/shop.api@sha256:…`. */
  ref: string;
  /** Where its image comes from. */
  release: Release;
  /** How it takes over; it holds until the release ends, whatever the file says by then. */
  strategy: Strategy;
  /** Where the release is. */
  stage: Stage;
  /** What of its configuration is not in the image. @default all of it is in the image */
  configuration?: Configuration;
}

/** What an `App` is made from. */
export interface AppArgs {
  /** What it is to run as: with the settings of the version on its way, else of the one that serves. */
  spec: AppSpec;
  /**
   * The settings of `spec` that belong to its version, for whoever asks the Deployment what it runs with.
   * @default unknown, so no annotation tells them
   */
  settings?: string;
  /** What the version that serves runs with while another one is on its way. @default `spec` and `settings` */
  live?: { spec: AppSpec; settings: string };
  /** Volumes by name: its own, and those that only another of its versions has. */
  claims: AppSpec["volumes"];
  /** What serves: an image that exists, by digest, or one that is built first; `allow` throws where that must not run. */
  image: { ref: string } | { build: BuildArgs; allow?: (ref: string) => void };
  /** What the image was made from, for whoever looks at the Deployment. @default unknown, so no annotation tells it */
  release?: Release;
  /** What of its configuration is not in the image. @default all of it is in the image */
  configuration?: Configuration;
  /** Slot that serves, or served until the release under way. @default "a" */
  slot?: Slot;
  /** A release under way. @default none: one version serves */
  next?: NextRelease;
  /** Image with a static busybox, by digest. @default none: neither a check nor a pull is declared */
  probeImage?: string;
  /** Address of the stack's Prometheus, `http://host:port`. @default none: a check asks no queries */
  prometheus?: string;
  /** The stack's secrets by name, of which `spec.secrets` names some. */
  secrets: Readonly<Record<string, pulumi.Input<string>>>;
  /** Namespace of all its objects, and the system they belong to. */
  placement: PlacementContract;
  /** Registry that its image is in, and the Secret that nodes pull it with. */
  registry: RegistryContract;
  /** Tells when its pods are ready. */
  rollouts: RolloutContract;
  /** Controller that leads requests to it where `spec.expose` is `ingress`. */
  ingress: IngressContract;
  /**
   * Where the Ingress that projects share leads to it, and goes on to until a version on its way serves: that is where a canary
   * gets its share. @default its own hosts and path
   */
  liveRoutes?: readonly Pick<Route, "hosts" | "path">[] | undefined;
  /** Machines in front of the cluster that lead to its NodePort. @default none: a NodePort is open on the nodes alone */
  edge?: EdgeContract;
  /** How its volumes are kept. */
  storage: StorageArgs;
  /** What lays the patches of `spec.customize`, and of `live`, over Deployments. @default none: Deployments stay as rendered */
  customizers?: { spec: Customizer; live: Customizer };
}

/**
 * One application project: its image, Deployments and Services, and all that makes them safe to run. Within one update
 * traffic moves last: Deployments are ready, then the check has passed, then Service and canary Ingress change; what is left
 * over goes after that.
 */
export class App extends PlatformComponent {
  /** What serves, by digest. */
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
    // Nothing depends on these: one that does not come up fails the update by itself.
    void this.deploy(last, { live, target }, [...configs, ...traffic]);
    this.registerOutputs({ image: this.image });
  }

  private liveVersion(): Version {
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

  private nextVersion(): Version | undefined {
    const { next, spec, settings } = this.args;
    if (next === undefined) return undefined;
    const { ref, release, configuration } = next;
    const known = { ...release, configuration, spec, settings };
    return { ...known, image: pulumi.output(ref), identity: ref };
  }

  /** An account of its own, which the API server knows nothing good about: no role is ever bound to `default`. */
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
      // The plugin would make it anew, empty. Where it is another one indeed, `Watch` (src/status/watch.ts) refuses that.
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
    { live, target = live }: { live: Version; target: Version | undefined },
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

/** Kinds of objects that each of a project's versions has of its own: patched as that version's settings say. */
const perVersion = ["Deployment", "HorizontalPodAutoscaler"];

/** Whether a project's versions share its objects of a kind. */
export const isShared = (kind: string): boolean => !perVersion.includes(kind);

/** A project's objects that all its versions share, for patches. */
export const sharedByVersions = (name: string): Customizable => ({
  ...ofApp(name),
  only: isShared,
});

/** What of a project runs, by its settings and the release under way. */
function layout({ spec, slot = firstSlot, next, edge }: AppArgs, replicas: number): Layout {
  const { strategy, expose } = spec;
  const weighted = expose === "ingress" || sharesByEdge({ spec, edge });
  return layoutOf({ slot, replicas, strategy, stage: next?.stage, weighted });
}

/** What is deployed before the traffic changes, and what only after it. */
const inTurn = ({ tracks, last }: Layout): { first: Track[]; last: Track[] } => ({
  first: tracks.filter(({ slot }) => slot !== last),
  last: tracks.filter(({ slot }) => slot === last),
});

/** In peace as many as the file says; in a release what an autoscaler has made of the old version, for the new one needs it too. */
function strengthOf(
  name: string,
  { spec: { replicas, autoscale }, slot = firstSlot, next, rollouts }: AppArgs,
): number {
  if (autoscale === undefined || next === undefined) return replicas;
  const serving = rollouts.replicas(slotObject(name, slot)) ?? replicas;
  return Math.min(Math.max(replicas, serving), autoscale.max);
}
