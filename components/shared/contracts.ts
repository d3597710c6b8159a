import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { HostFacts } from "./machine/facts";
import type { Machine } from "./machine/machine";
import type { Keys } from "./machine/remote";

/** What a component may know of the registry: never the component that runs it. */
export interface RegistryContract {
  /** Registry, with its port: `harbor:8080`, `127.0.0.1:5000`. */
  host: string;
  /** Name of the Secret in the projects' namespace that nodes pull with. @default none: the registry is open to its nodes */
  pullSecret?: string;
}

/** What a component may know of the ingress controller. */
export interface IngressContract {
  /** Name of the IngressClass, which Ingress objects refer to: `nginx`. */
  className: string;
  /** Where its requests come from, for NetworkPolicies. */
  peers: k8s.types.input.networking.v1.NetworkPolicyPeer[];
  /** Port it answers on. @default none: nothing answers, as on simulated nodes */
  port?: number;
  /** What stands before anything leads to it. */
  ready: pulumi.Resource;
}

/** What a component may know of the machines that lead into the cluster. */
export interface EdgeContract {
  /** The one IPv4 address that they have. */
  address: string;
  /** IPv4 addresses of the nodes that NodePorts are on. */
  nodes: readonly string[];
  /** Those that can be reached, with what each was found to be. */
  machines: readonly { host: Machine; facts: HostFacts }[];
  /** Private keys of the machines, by the name of the secret that has each. */
  keys: Keys;
  /** What stands before a port is opened. */
  ready: pulumi.Resource;
}

/** Where a project's pods run and what they belong to. */
export interface PlacementContract {
  /** Namespace of the projects of one system in one environment. */
  namespace: pulumi.Input<string>;
  /** System that the objects belong to: `sjzy`. */
  system: string;
}

/** What an update may wait for. */
export type Awaitable = k8s.apps.v1.Deployment | k8s.apps.v1.DaemonSet | k8s.batch.v1.Job;

/** What a workload is to the update that waits for it. */
export interface RolloutRole {
  /** It has done its work before, so that it is gone is only warned of: clusters clear finished Jobs away. @default false */
  passed?: boolean;
  /**
   * It runs the version that another one takes over from: a fault that it had before is only warned of, for the way out is the
   * new one.
   * @default false
   */
  outgoing?: boolean;
}

/** What a component may know of the cluster's workloads: whether they came up. */
export interface RolloutContract {
  /** What a workload depends on, and that what was there before it is known. */
  after(
    dependsOn: readonly pulumi.Input<pulumi.Resource>[],
  ): Promise<pulumi.Input<pulumi.Resource>[]>;
  /**
   * Resolves, for `dependsOn`, once the resource is rolled out, or has passed; in a preview at once. Rejects, with all that
   * helps, as soon as that cannot be any more, at the latest after `patience` seconds.
   */
  ready<T extends Awaitable>(resource: T, timeout: number, role?: RolloutRole): Promise<T>;
  /** The same of what nothing comes after: the update as a whole fails by it. */
  watch(resource: Awaitable, timeout: number): void;
  /** Whether a Job of this name had passed before anything was declared; true where nobody can tell. */
  passed(job: string): boolean;
  /** How many pods a Deployment was to have before anything was declared; undefined where there was none or nobody can tell. */
  replicas(deployment: string): number | undefined;
}

/** How the registry is reached; user and password where it is not open to its nodes. */
export interface RegistryAccess {
  /** Registry, with its port: `harbor:8080`, `127.0.0.1:5000`. */
  host: string;
  /** User of the registry. @default none: the registry is open to its nodes */
  user?: string;
  /** Name of the stack's secret with the user's password. @default none: the registry is open to its nodes */
  password?: string;
  /** Answers without TLS, as the sandbox's does. @default false */
  plain?: boolean;
}

/** What a component may know of the cluster. */
export interface ClusterContract {
  /** For everything that is declared in it: its provider, and what looks at each object. */
  options: pulumi.ComponentResourceOptions;
  /** Private keys of its machines, by the names of the secrets. */
  keys: Keys;
  /** What stands before anything of it is asked for. */
  ready: readonly pulumi.Resource[];
}
