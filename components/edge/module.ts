import { createRequire } from "node:module";
import { textsOf } from "../shared/config/secrets";
import { isKnown } from "../shared/machine/facts";
import { lookAtHosts } from "../shared/machine/look";
import { defineModule } from "../shared/module";
import { edgeConfig } from "./config";
import type * as Declaring from "./declare";
import type { CertificateCluster } from "./reader";
import { planEdges, resolveEdge } from "./settings";
import type { EdgeTypes } from "./types";

const load = createRequire(__filename);

/** Machines in front of the cluster that share one address. */
export const edge = defineModule<EdgeTypes>()({
  key: "edge",
  config: edgeConfig,
  reads: ["cluster", "ingress", "projects"],
  needs: ["cluster", "ingress", "namespace"],

  resolve: ({ edge: config }, { document, secrets, now, settings }) => {
    if (config === undefined) return {};
    const { cluster, ingress, projects } = settings;
    const managed = ingress?.controller.kind === "managed";
    const { routes = [], nodePorts = [] } = projects ?? {};
    return resolveEdge(config, { document, secrets, now, cluster, managed, routes, nodePorts });
  },

  inspect: async ({ spec }, { secrets }) => await lookAtHosts(spec.hosts, textsOf(secrets)),

  plan: (settings, facts, { document, now, plans }) =>
    planEdges(settings, facts, { document, now, source: sourceOf(plans.cluster) }),

  declare: (args) => (load("./declare.ts") as typeof Declaring).declareEdge(args),
});

/** The control plane that creates the edges' login to the cluster. */
function sourceOf(
  cluster: EdgeTypes["plans"]["cluster"] | undefined,
): CertificateCluster | undefined {
  const { primaryControlPlane, gathered } = cluster ?? {};
  if (primaryControlPlane === undefined) return undefined;
  const facts = gathered?.get(primaryControlPlane.name);
  return { primaryControlPlane, ...(isKnown(facts) ? { facts } : {}) };
}
