import * as pulumi from "@pulumi/pulumi";
import type {
  EdgeContract,
  IngressContract,
  PlacementContract,
  RegistryContract,
  RolloutContract,
} from "../shared/contracts";
import type { Customizer } from "../shared/customize";
import type { Configuration } from "./config";
import type { BuildArgs } from "./image";
import type { Route } from "./network";
import type { Slot, Stage, Strategy } from "./rollout";
import type { AppSpec } from "./spec";

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
