import { createRequire } from "node:module";
import { namespaceName } from "../shared/names";
import type { ClusterContract, IngressContract } from "../shared/contracts";
import { defineModule } from "../shared/module";
import { imageRef } from "../shared/images";
import { IngressConfig } from "./config";
import { traefik } from "./image";
import { httpPort, type Controller } from "./controller";
import type * as Declaring from "./declare";

const load = createRequire(__filename);

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

/** The controller, ours or somebody else's. A sandbox brings its image, and a port of this machine that leads to it. */
export const ingress = defineModule<IngressTypes>()({
  key: "ingress",
  config: { ingress: IngressConfig },
  reads: ["cluster", "namespace"],
  needs: ["cluster"],
  images: { traefik },

  resolve: ({ ingress: given }, { config, settings: { cluster, namespace }, stack }) => {
    if (given === undefined || cluster === undefined || namespace === undefined) return {};
    const { class: className, domain } = given;
    const { system } = namespace;
    const own = { className, domain, system, owner: namespaceName(system, stack) };
    if (given.controller === "external") {
      return { value: { ...own, controller: { kind: "external", namespace: given.namespace } } };
    }
    const { sandbox } = cluster;
    const { image = sandbox?.templates?.traefik ?? imageRef(traefik), nodes } = given;
    const { edge, cluster: kind } = config as {
      edge?: { hosts: Record<string, { address: string }> };
      cluster?: { kind: string };
    };
    const trusted = Object.values(edge?.hosts ?? {}).map(({ address }) => address);
    const port = kind?.kind === "sandbox" ? sandbox?.ingressPort : httpPort;
    return { value: { ...own, controller: { kind: "managed", image, nodes, trusted, port } } };
  },

  declare: (args) => (load("./declare.ts") as typeof Declaring).declareIngress(args),
});
