import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

/** What a component may know of the registry: never the component that runs it. */
export interface RegistryContract {
  /** `harbor:8080`, `127.0.0.1:5000`. */
  host: string;
  /** Name of the Secret in the projects' namespace that nodes pull with; absent for a registry open to its nodes. */
  pullSecret?: string;
}

/** What a component may know of the ingress controller. */
export interface IngressContract {
  /** Class that Ingress objects name. */
  className: string;
  /** Where its requests come from, for NetworkPolicies. */
  peers: k8s.types.input.networking.v1.NetworkPolicyPeer[];
  /** Port it answers on; absent while nothing does, as on simulated nodes. */
  port?: number;
}

/** Where a project's pods run and what they belong to. */
export interface PlacementContract {
  /** Namespace of the projects of one system in one environment. */
  namespace: pulumi.Input<string>;
  /** e.g. `sjzy`. */
  system: string;
}
