import type * as pulumi from "@pulumi/pulumi";
import type {
  ClusterContract,
  PlacementContract,
  RegistryAccess,
  RegistryContract,
} from "../shared/contracts";
import type { Quota } from "./namespace";

/** The namespace of a stack's projects. */
export interface NamespaceSettings {
  /** First part of its name. */
  system: string;
  quota: Quota;
  storage: { class?: string | undefined; keep: boolean };
}

/** Types of the part's phases. */
export interface NamespaceTypes {
  settings: NamespaceSettings;
  needs: { cluster: ClusterContract; registry: RegistryAccess };
  contract: {
    placement: PlacementContract;
    registry: RegistryContract;
    storage: NamespaceSettings["storage"];
    ready: pulumi.Resource;
  };
}
