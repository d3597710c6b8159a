import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { HostFacts } from "./machine/facts";
import type { Machine } from "./machine/machine";
import type { Keys } from "./machine/remote";

/** What a component may use of the registry. */
export interface RegistryContract {
  /** Registry, with its port: `harbor:8080`, `127.0.0.1:5000`. */
  host: string;
  /** Name of the pull Secret in the projects' namespace. @default none: the registry is open to its nodes */
  pullSecret?: string;
}

/** What a component may use of the ingress controller. */
export interface IngressContract {
  /** Name of the IngressClass, which Ingress objects refer to: `nginx`. */
  className: string;
  /** Sources of its requests, for NetworkPolicies. */
  peers: k8s.types.input.networking.v1.NetworkPolicyPeer[];
  /** Port it answers on. @default none: nothing answers, as on simulated nodes */
  port?: number;
  /** Resource to depend on before anything routes to it. */
  ready: pulumi.Resource;
}

/** What a component may use of the machines in front of the cluster. */
export interface EdgeContract {
  /** Their shared IPv4 address. */
  address: string;
  /** IPv4 addresses of the nodes that NodePorts are on. */
  nodes: readonly string[];
  /** Reachable machines, with the facts of each. */
  machines: readonly { host: Machine; facts: HostFacts }[];
  /** Private keys of the machines, by the name of the secret that has each. */
  keys: Keys;
  /** Resource to depend on before a port is opened. */
  ready: pulumi.Resource;
}

/** Namespace and system of a project's pods. */
export interface PlacementContract {
  /** Namespace of the projects of one system in one environment. */
  namespace: pulumi.Input<string>;
  /** System that the objects belong to: `sjzy`. */
  system: string;
}

/** Workloads that an update may wait for. */
export type Awaitable = k8s.apps.v1.Deployment | k8s.apps.v1.DaemonSet | k8s.batch.v1.Job;

/** Role of a workload in an update. */
export interface RolloutRole {
  /** It has passed before, so its absence is only a warning: clusters delete finished Jobs. @default false */
  passed?: boolean;
  /**
   * It runs the version that is being replaced: a fault that it had before is only a warning, because the new version may fix it.
   * @default false
   */
  outgoing?: boolean;
}

/** How a component waits for the cluster's workloads. */
export interface RolloutContract {
  /** Dependencies of a workload; adds that the state before the update is known. */
  after(
    dependsOn: readonly pulumi.Input<pulumi.Resource>[],
  ): Promise<pulumi.Input<pulumi.Resource>[]>;
  /**
   * Resolves, for `dependsOn`, once the resource is rolled out, or has passed; in a preview at once. Rejects, with diagnostics,
   * as soon as that is impossible, at the latest after `timeout` seconds.
   */
  ready<T extends Awaitable>(resource: T, timeout: number, role?: RolloutRole): Promise<T>;
  /** The same for a resource that nothing depends on: its failure fails the update as a whole. */
  watch(resource: Awaitable, timeout: number): void;
  /** Whether a Job of this name had passed before anything was declared; true where unknown. */
  passed(job: string): boolean;
  /** `spec.replicas` of a Deployment before anything was declared; undefined where there was none, or where unknown. */
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

/** What a component may use of the cluster. */
export interface ClusterContract {
  /** Options of everything that is declared in it: its provider and its transformations. */
  options: pulumi.ComponentResourceOptions;
  /** Private keys of its machines, by the names of the secrets. */
  keys: Keys;
  /** Resources to depend on before the cluster is used. */
  ready: readonly pulumi.Resource[];
}
