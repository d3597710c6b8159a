import * as pulumi from "@pulumi/pulumi";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { routeOf } from "../../components/app/network";
import {
  kubernetesName,
  namespaceName,
  sharedIngressName,
  claimName,
} from "../../components/shared/names";
import { UserError, type Problem } from "../../components/shared/problem";
import { Api, wayBy } from "../kubernetes/api";
import type { Planned } from "../stack/stack";
import { ownEndpoint } from "../../components/cluster/kubeconfig";
import { textsOf } from "../../components/shared/config/secrets";
import { place, readYaml, type Document } from "../../components/shared/config/document";
import { reachProblem } from "../kubernetes/reach";
import { kubeconfigOf } from "../../components/cluster/look";
import { lossProblems } from "./losses";
import { lookAtCluster } from "./objects";
import { rivalWarnings } from "./rivals";
import { liveIngress, takenRoutes, type LiveIngress } from "./routes";
import { removalsIn, type Deployed } from "./stale";
import { askState } from "./state";
import { anyVolumes, classesOf, classProblems } from "./storage-class";
import { Watch } from "./watch";
import type { DeclaredVolume } from "./claims";
import type { HostsPlan } from "../../components/cluster/hosts";
import type { ClusterSpec } from "../../components/shared/cluster-spec";
import type { StackContext } from "../../components/shared/module";
import type { Project } from "../projects/images";
import { managedNamespace } from "../../components/ingress/controller";
import type { IngressSettings } from "../../components/ingress/types";

/** A cluster that exists before anything is declared. */
export interface Looked {
  api: Api;
  watch: Watch;
  /** What removed projects have left. */
  removals: readonly Deployed[];
  /** For an update limited to one project: the Ingress that projects share. */
  shared?: LiveIngress | undefined;
}

/**
 * Checks whether the cluster answers, and what it already holds of what is about to be declared; for an update limited to one
 * project, only what that update may change. Undefined if there is no cluster yet.
 */
export async function look(planned: Planned): Promise<Looked | undefined> {
  const { stack, namespace, ingress, projects } = planned;
  const { checkout, only } = planned.context;
  const api = await reachCluster(planned);
  if (api === undefined) return undefined;
  const { system, storage } = namespace;
  const clusterWide = only === undefined;
  const controller = clusterWide ? controllerIn(ingress) : undefined;
  const own = namespaceName(system, stack);
  const nodePorts = projects.images.projects.some(
    ({ spec }) => spec.nodePort !== undefined && (only === undefined || only === spec.project),
  );
  const live = await lookAtCluster(api, { system, own, controller, clusterWide, nodePorts });
  const app = only === undefined ? undefined : kubernetesName(only);
  const shared = sharedIngressName(system);
  const holding = { stack, storage, ...projects };
  const [losses, classes, removals, rivals] = await Promise.all([
    lossProblems(live, holding, app, askState),
    anyVolumes(projects.images) ? classesOf(api) : undefined,
    removalsIn(api, own, app),
    rivalWarnings(api, { ingress, ...projects }, { namespace: own, shared }, only),
  ]);
  for (const text of rivals) void pulumi.log.warn(text);
  const front = only === undefined ? undefined : await liveIngress(api, own, shared);
  const known = [...losses, ...classProblems(classes, holding), ...takenProblems(planned, front)];
  const volumes = volumesOf(checkout, projects.images.projects);
  const watch = new Watch(live, { stack, adopt: projects.adopt, known, classes, volumes });
  return { api, watch, removals, ...(front && { shared: front }) };
}

/**
 * What a limited update would take from another project that has not given it up by an update of its own. Refused if nothing
 * leads to this project yet; otherwise reported as a warning and the routes stay, because this may be a rollback.
 */
function takenProblems(
  { stack, projects, context: { checkout, only } }: Planned,
  front: LiveIngress | undefined,
): Problem[] {
  const project = projects.images.projects.find(({ spec }) => spec.project === only);
  if (project === undefined || front === undefined) return [];
  const { name, spec } = project;
  const taken = spec.ingress === "shared" ? takenRoutes(routeOf(name, spec), front.routes) : [];
  const fix = `first update that project, which gives it up; or all at once: pulumi up --stack ${stack}`;
  if (front.routes.some(({ service }) => service === name)) {
    for (const { address, holder } of taken) {
      void pulumi.log.warn(
        `${spec.project}: ${address} is still routed to ${holder}, and stays so; ${fix}`,
      );
    }
    return [];
  }
  return taken.map(({ address, holder }) =>
    place(documentOf(checkout, spec.project), ["hosts"], {
      given: address,
      fix,
      allowed: `a host and path that no other project has; ${holder} still has this one`,
    }),
  );
}

/** Where files declare the claims of a stack, by their names. */
const volumesOf = (checkout: string, projects: readonly Project[]): Map<string, DeclaredVolume> =>
  new Map(
    projects.flatMap(({ name, claims, record, spec: { project } }) =>
      Object.keys(claims).map((volume) => [
        claimName(name, volume),
        {
          volume,
          document: () => documentOf(checkout, project),
          kept: record?.pinned === true || record?.next !== undefined,
        },
      ]),
    ),
  );

/** A project's file, for line numbers of its keys. */
function documentOf(checkout: string, project: string): Document {
  const file = `projects/${project}.yaml`;
  const read = readYaml(file, readFileSync(join(checkout, file), "utf8"));
  return "document" in read ? read.document : { file, value: undefined };
}

/** The namespace of the ingress controller, if the stack has one of its own. */
export const controllerIn = ({
  controller,
}: Pick<IngressSettings, "controller">): string | undefined =>
  controller.kind === "managed" ? managedNamespace : undefined;

async function reachCluster({ stack, cluster, plans, context }: Planned): Promise<Api | undefined> {
  if (cluster.kind === "hosts")
    return plans.cluster && (await reachMade(cluster.spec, plans.cluster, context));
  const api = new Api(wayBy(cluster));
  const problem = await reachProblem(`Pulumi.${stack}.yaml`, cluster, api);
  if (problem !== undefined) throw new pulumi.RunError(problem);
  return api;
}

/** A cluster that an earlier update has created. */
async function reachMade(
  spec: ClusterSpec,
  plan: HostsPlan,
  { secrets }: StackContext,
): Promise<Api | undefined> {
  try {
    const kubeconfig = await kubeconfigOf(spec, plan, textsOf(secrets));
    return kubeconfig === undefined ? undefined : new Api({ endpoint: ownEndpoint(kubeconfig) });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    void pulumi.log.warn(`existing objects in the cluster were not checked: ${error.message}`);
    return undefined;
  }
}
