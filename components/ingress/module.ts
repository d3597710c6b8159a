import { createRequire } from "node:module";
import { namespaceName } from "../shared/names";
import { defineModule } from "../shared/module";
import { imageRef } from "../shared/images";
import { IngressConfig } from "./config";
import { traefik } from "./image";
import { httpPort } from "./controller";
import type * as Declaring from "./declare";
import type { IngressTypes } from "./types";

const load = createRequire(__filename);

/** The ingress controller, managed or external. A sandbox provides its image, and a local port that forwards to it. */
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
