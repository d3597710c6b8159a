import type * as pulumi from "@pulumi/pulumi";
import type {
  ClusterContract,
  EdgeContract,
  IngressContract,
  PlacementContract,
} from "../shared/contracts";
import type { FactsByHost } from "../shared/machine/facts";
import type { Machine } from "../shared/machine/machine";
import type { EdgeCluster, EdgeMachinesPlan, EdgeSettings } from "./settings";
import type { EdgeRoute } from "./spec";

/** Types of the part's phases. */
export interface EdgeTypes {
  settings: EdgeSettings | undefined;
  reads: {
    cluster: EdgeCluster;
    ingress: { controller: { kind: "managed" | "external" } };
    projects: { routes: readonly EdgeRoute[]; nodePorts: readonly number[] };
  };
  facts: FactsByHost;
  plan: EdgeMachinesPlan;
  plans: { cluster: { primaryControlPlane?: Machine | undefined; gathered: FactsByHost } };
  needs: {
    cluster: ClusterContract;
    ingress: IngressContract;
    namespace: { placement: PlacementContract; ready: pulumi.Resource };
  };
  contract: EdgeContract;
  outputs: { edge?: { address: string; certificateDays?: number } };
}
