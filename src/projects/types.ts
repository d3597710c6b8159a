import * as pulumi from "@pulumi/pulumi";
import type { Quota } from "../../components/namespace/namespace";
import type { BackupSpec } from "../../components/backup/spec";
import type { SandboxContract } from "../../components/cluster/sandbox";
import type {
  ClusterContract,
  EdgeContract,
  IngressContract,
  PlacementContract,
  RegistryContract,
} from "../../components/shared/contracts";
import type { Rejected } from "../gates/rejected";
import type { ReleaseRecord } from "../records/record";
import type { LiveIngress } from "../status/routes";
import type { Images } from "./images";
import type { Slot } from "../../components/app/rollout";

/** All projects of a stack, and settings that concern all of them. */
export interface ProjectsSettings {
  images: Images;
  /** Image for checks, by digest; absent where no project needs it. */
  probeImage?: string | undefined;
  /** Their public hosts and paths. */
  routes: readonly { host: string; path: string; project: string }[];
  nodePorts: readonly number[];
  /** Volumes to back up, as `SJZY.Package.Api → volumes.data`. */
  volumesToBackUp: readonly string[];
  /** The stack's records, by project. */
  releases: Readonly<Record<string, ReleaseRecord>>;
  /** Names of projects that were removed from the stack, with all their objects. */
  removed: readonly string[];
  /** Versions that must not run, in any stack of the checkout. */
  rejected: readonly Rejected[];
  /** Stacks of the checkout. */
  stacks: readonly string[];
  /** Existing objects that the stack adopts, each as `Kind/name`. */
  adopt: readonly string[];
  /** Volumes that may be deleted, each as `PersistentVolumeClaim/name`. */
  discard: readonly string[];
}

/** Types of the part's phases. */
export interface ProjectsTypes {
  settings: ProjectsSettings;
  reads: {
    cluster: { sandbox?: SandboxContract | undefined };
    monitoring: { prometheus?: string | undefined };
    namespace: { system: string; quota: Quota };
    registry: { host: string };
  };
  needs: {
    backup?: { spec: BackupSpec };
    cluster: ClusterContract;
    edge?: EdgeContract;
    ingress: IngressContract;
    monitoring: { prometheus?: string | undefined };
    namespace: {
      placement: PlacementContract;
      registry: RegistryContract;
      storage: { class?: string | undefined; keep: boolean };
    };
  };
  /** The present shared Ingress. */
  live: { ingress?: LiveIngress | undefined };
  contract: object;
  outputs: { projects: Record<string, ProjectOutput> };
}

/** Outputs of a project. */
export interface ProjectOutput {
  /** Name of its Kubernetes objects; its resources in the stack are `<name>` and `<name>--*`. */
  name: string;
  namespace: pulumi.Input<string>;
  /** The image that serves, by digest. */
  image: pulumi.Output<string>;
  /** The same without its repository: `sha256:…`. */
  digest: pulumi.Output<string>;
  /** The slot that serves; during a release the one that served before it. */
  slot: Slot;
  /** Stage of the release in progress. */
  step?: string;
  /** Digest of the version being rolled out. */
  nextDigest?: string;
  /** Its public URLs; empty where it is not exposed. */
  urls: string[];
  replicas: number;
}
