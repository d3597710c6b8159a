import type { ClusterContract, IngressContract } from "../shared/contracts";
import type { Controller } from "./controller";

/** Settings of the ingress controller. */
export interface IngressSettings {
  /** Name of the IngressClass. */
  className: string;
  /** Parent domain of host names. */
  domain: string;
  controller: Controller;
  system: string;
  /** The owning stack, by the namespace of its projects. */
  owner: string;
}

/** Types of the part's phases. */
export interface IngressTypes {
  settings: IngressSettings;
  reads: {
    cluster: {
      sandbox?: { ingressPort?: number | undefined; templates?: { traefik: string } | undefined };
    };
    namespace: { system: string };
  };
  needs: { cluster: ClusterContract };
  contract: IngressContract;
}
