import { createRequire } from "node:module";
import type {
  ClusterContract,
  PlacementContract,
  RegistryAccess,
  RegistryContract,
} from "../shared/contracts";
import type * as pulumi from "@pulumi/pulumi";
import { defineModule } from "../shared/module";
import { namespaceConfig } from "./config";
import type { Quota } from "./namespace";
import type * as Declaring from "./declare";

const load = createRequire(__filename);

/** The namespace of a stack's projects. */
export interface NamespaceSettings {
  /** First part of its name. */
  system: string;
  quota: Quota;
  storage: { class?: string | undefined; keep: boolean };
}

/** What the namespace knows of other parts. */
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

/** A namespace for each system in each environment, with a quota, limits and a closed network. */
export const namespace = defineModule<NamespaceTypes>()({
  key: "namespace",
  config: namespaceConfig,
  needs: ["cluster", "registry"],
  resolve: ({ system, quota, storage }) =>
    system === undefined || quota === undefined || storage === undefined
      ? {}
      : { value: { system, quota, storage } },
  declare: (args) => (load("./declare.ts") as typeof Declaring).declareNamespace(args),
});
