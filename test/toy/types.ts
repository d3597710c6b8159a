import type { ClusterContract, PlacementContract } from "../../components/shared/contracts";

/** Types of the part's phases. */
export interface BannerTypes {
  settings: { text: string; replicas: number } | undefined;
  reads: { namespace: { quota: { pods: number } } };
  plan: { words: number };
  needs: { cluster: ClusterContract; namespace: { placement: PlacementContract } };
  contract: { object: string };
  outputs: { banner?: string };
}
