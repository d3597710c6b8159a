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

/** How volumes are provisioned, and whether they are kept. */
export interface StorageArgs {
  /** Name of the storage class. @default the cluster's default class */
  class?: string;
  /** Whether data outlives its project: claims are protected while declared, and left in the cluster afterwards. */
  keep: boolean;
}

/** Where a released image comes from. */
export interface Release {
  /**
   * Tag of the image, for people.
   * @default not known: no annotation has it
   * @example `v1.4.2`
   */
  tag?: string;
  /** Commit of the project, 7 to 40 hex digits. @default not known: no annotation has it */
  commit?: string;
  /** Commit of the config repository, 7 to 40 hex digits. @default not known: no annotation has it */
  config?: string;
  /** When, in the format of records, and by whom it was released. @default not known: no annotation has it */
  released?: { at: string; by: string };
}

/** A version that is being rolled out. */
export interface NextRelease {
  /** Image by digest: `harbor:8080/back/shop.api@sha256:…`. */
  ref: string;
  /** Where its image comes from. */
  release: Release;
  /** Its strategy, fixed until the release ends, whatever the file says by then. */
  strategy: Strategy;
  /** Present stage of the release. */
  stage: Stage;
  /** Configuration that is not in the image. @default all of it is in the image */
  configuration?: Configuration;
}

/** What an `App` is made from. */
export interface AppArgs {
  /** Target spec: with the settings of the version being rolled out, else of the one that serves. */
  spec: AppSpec;
  /**
   * The settings that `spec` was resolved from, for an annotation of the Deployment.
   * @default unknown: no annotation has them
   */
  settings?: string;
  /** Spec and settings of the version that serves, during a release. @default `spec` and `settings` */
  live?: { spec: AppSpec; settings: string };
  /** Volumes by name: those of `spec`, and those that only another version has. */
  claims: AppSpec["volumes"];
  /** The image that serves: one that exists, by digest, or one that is built first; `allow` throws where it must not run. */
  image: { ref: string } | { build: BuildArgs; allow?: (ref: string) => void };
  /** Origin of the image, for annotations of the Deployment. @default unknown: no annotation has it */
  release?: Release;
  /** Configuration that is not in the image. @default all of it is in the image */
  configuration?: Configuration;
  /** Slot that serves; during a release the one that served before it. @default "a" */
  slot?: Slot;
  /** The release in progress. @default none: one version serves */
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
  /** Waits until its pods are ready. */
  rollouts: RolloutContract;
  /** Controller that routes requests to it where `spec.expose` is `ingress`. */
  ingress: IngressContract;
  /**
   * Hosts and paths at which the shared Ingress routes to it until the new version serves: a canary gets its share there.
   * @default its own hosts and path
   */
  liveRoutes?: readonly Pick<Route, "hosts" | "path">[] | undefined;
  /** Machines in front of the cluster that forward to its NodePort. @default none: a NodePort is open on the nodes alone */
  edge?: EdgeContract;
  /** How its volumes are kept. */
  storage: StorageArgs;
  /** Apply the patches of `spec.customize`, and of `live`, to Deployments. @default none: Deployments stay as rendered */
  customizers?: { spec: Customizer; live: Customizer };
}
