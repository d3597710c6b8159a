import * as pulumi from "@pulumi/pulumi";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { routeOf } from "../../components/app/network";
import { claimName } from "../../components/app/workload";
import { managedNamespace } from "../../components/ingress/ingress";
import { kubernetesName, namespaceName, sharedIngressName } from "../../components/shared/names";
import { UserError, type Problem } from "../../components/shared/problem";
import { Api, wayBy } from "../rollout/api";
import { engineSources, type Settings } from "../settings";
import { ownEndpoint } from "../settings/cluster";
import { place, readYaml, type Document } from "../settings/problems";
import { reachProblem } from "../settings/reach";
import type { Room } from "../settings/room";
import { kubeconfigOf } from "../settings/room-look";
import { secretsOf } from "../settings/stackfile";
import { lossProblems } from "./losses";
import { lookAtCluster } from "./objects";
import { rivalWarnings } from "./rivals";
import { standingIngress, takenRoutes, type StandingIngress } from "./routes";
import { removalsIn, type Deployed } from "./stale";
import { askState } from "./state";
import { anyVolumes, classesOf, classProblems } from "./storage-class";
import { Watch, type Volume } from "./watch";

/** A cluster that is there before anything is declared. */
export interface Looked {
  api: Api;
  watch: Watch;
  /** What projects have left that were taken out. */
  removals: readonly Deployed[];
  /** For an update limited to one project: the Ingress that projects share. */
  shared?: StandingIngress | undefined;
}

/**
 * Looks whether the cluster answers, and what it holds already of what is about to be declared: of an update that is limited to
 * one project, only what such an update may touch. Undefined where there is none yet.
 */
export async function look(
  settings: Settings,
  only: string | undefined,
): Promise<Looked | undefined> {
  const { system, stack, adopt } = settings;
  const api = await wayTo(settings);
  if (api === undefined) return undefined;
  const clusterWide = only === undefined;
  const controller = clusterWide ? controllerIn(settings) : undefined;
  const own = namespaceName(system, stack);
  const nodePorts = settings.images.projects.some(
    ({ spec }) => spec.nodePort !== undefined && (only === undefined || only === spec.project),
  );
  const standing = await lookAtCluster(api, { system, own, controller, clusterWide, nodePorts });
  const app = only === undefined ? undefined : kubernetesName(only);
  const shared = sharedIngressName(system);
  const [losses, classes, removals, rivals] = await Promise.all([
    lossProblems(standing, settings, app, askState),
    anyVolumes(settings.images) ? classesOf(api) : undefined,
    removalsIn(api, own, app),
    rivalWarnings(api, settings, { namespace: own, shared }, only),
  ]);
  for (const text of rivals) void pulumi.log.warn(text);
  const front = only === undefined ? undefined : await standingIngress(api, own, shared);
  const known = [
    ...losses,
    ...classProblems(classes, settings),
    ...takenProblems(settings, only, front),
  ];
  const watch = new Watch(standing, { stack, adopt, known, classes, volumes: volumesOf(settings) });
  return { api, watch, removals, ...(front && { shared: front }) };
}

/**
 * What a limited update would take from another project, which its own update has not let go of yet: refused of a project that
 * nothing leads to so far; of others it is told, and they go on being asked as they are, for it may be their way back.
 */
function takenProblems(
  { stack, images }: Settings,
  only: string | undefined,
  front: StandingIngress | undefined,
): Problem[] {
  const project = images.projects.find(({ spec }) => spec.project === only);
  if (project === undefined || front === undefined) return [];
  const { name, spec } = project;
  const taken = spec.ingress === "shared" ? takenRoutes(routeOf(name, spec), front.routes) : [];
  const mend = `first an update of that project, which gives it away; or all at once: pulumi up --stack ${stack}`;
  if (front.routes.some(({ service }) => service === name)) {
    for (const { address, holder } of taken) {
      void pulumi.log.warn(
        `${spec.project}: ${address} still leads to ${holder}, and goes on to; ${mend}`,
      );
    }
    return [];
  }
  return taken.map(({ address, holder }) =>
    place(documentOf(spec.project), ["hosts"], {
      ...{ given: address, mend },
      allowed: `a host and path that lead to nobody else by now; ${holder} still has this one`,
    }),
  );
}

/** Where files declare the claims of a stack, by their names. */
const volumesOf = ({ images }: Settings): Map<string, Volume> =>
  new Map(
    images.projects.flatMap(({ name, claims, record, spec: { project } }) =>
      Object.keys(claims).map((volume) => [
        claimName(name, volume),
        {
          volume,
          document: () => documentOf(project),
          kept: record?.pinned === true || record?.next !== undefined,
        },
      ]),
    ),
  );

/** A project's file, for the lines that its keys are on. */
function documentOf(project: string): Document {
  const file = `projects/${project}.yaml`;
  const read = readYaml(file, readFileSync(join(engineSources().checkout, file), "utf8"));
  return "document" in read ? read.document : { file, value: undefined };
}

/** The namespace of the ingress controller, where it is ours. */
export const controllerIn = ({ ingress }: Pick<Settings, "ingress">): string | undefined =>
  ingress.controller.kind === "managed" ? managedNamespace : undefined;

async function wayTo({ stack, cluster }: Settings): Promise<Api | undefined> {
  if (cluster.kind === "hosts") return await wayToRoom(cluster);
  const api = new Api(wayBy(cluster));
  const problem = await reachProblem(`Pulumi.${stack}.yaml`, cluster, api);
  if (problem !== undefined) throw new pulumi.RunError(problem);
  return api;
}

/** The way to a cluster that an earlier update has made. */
async function wayToRoom(room: Room): Promise<Api | undefined> {
  try {
    const kubeconfig = await kubeconfigOf(room, secretsOf(engineSources().engine));
    return kubeconfig === undefined ? undefined : new Api({ endpoint: ownEndpoint(kubeconfig) });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    void pulumi.log.warn(`not looked at, what is in the cluster already: ${error.message}`);
    return undefined;
  }
}
