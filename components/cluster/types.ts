import type * as pulumi from "@pulumi/pulumi";
import type { ClusterContract } from "../shared/contracts";
import type { FactsByHost } from "../shared/machine/facts";
import type { HostsCluster, HostsPlan } from "./hosts";
import type { KubeconfigCluster } from "./kubeconfig";
import type { SandboxContract } from "./sandbox";

/** Where the projects run: an existing cluster, with its sandbox if it has one, or one that this stack creates. */
export type ClusterSettings =
  (KubeconfigCluster & { sandbox?: SandboxContract | undefined }) | HostsCluster;

/** Types of the part's phases. */
export interface ClusterTypes {
  settings: ClusterSettings;
  facts: FactsByHost;
  plan: HostsPlan;
  contract: ClusterContract;
  outputs: { kubeconfig?: pulumi.Output<string>; certificateDays?: number };
}
