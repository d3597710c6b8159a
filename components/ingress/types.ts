import type { ClusterContract, IngressContract } from "../shared/contracts";
import type { Controller } from "./controller";

/** Who leads requests to projects. */
export interface IngressSettings {
  /** Class that Ingress objects name. */
  className: string;
  /** The domain that host names are made below. */
  domain: string;
  controller: Controller;
  system: string;
  /** Stack that it is of, by the namespace of its projects. */
  owner: string;
}

/** What the ingress knows of other parts. */
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
