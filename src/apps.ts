import * as pulumi from "@pulumi/pulumi";
import { App, type AppArgs } from "../components/app/app";
import { routeOf, type Route } from "../components/app/network";
import { firstSlot, type Slot } from "../components/app/rollout";
import { Removal } from "../components/app/removal";
import { SharedIngress } from "../components/app/shared-ingress";
import { volumesWanted, type VolumesBackup } from "../components/backup/volume-job";
import { VolumeBackups } from "../components/backup/volumes";
import type { IngressContract } from "../components/shared/contracts";
import { kubernetesName } from "../components/shared/names";
import { builds, type Build } from "./builds";
import type { Limits, Platform } from "./platform";
import { unwatched } from "./rollout/rollouts";
import type { Settings } from "./settings";
import { mayRun } from "./settings/gates-rejected";
import type { Next, Project } from "./settings/images";
import { limitedRoutes } from "./standing/routes";

/** What a stack tells of a project. */
export interface ProjectOutput {
  /** Name of its Kubernetes objects; its resources in the stack are `<name>` and `<name>--*`. */
  name: string;
  namespace: pulumi.Input<string>;
  /** What serves, by digest. */
  image: pulumi.Output<string>;
  /** The same without its repository: `sha256:…`. */
  digest: pulumi.Output<string>;
  /** Which of its two Deployments serves, or did until the release under way. */
  slot: Slot;
  /** Where a release under way is. */
  step?: string;
  /** The version on its way. */
  nextDigest?: string;
  /** Where it answers from outside; empty when it does not. */
  urls: string[];
  replicas: number;
}

/** Lets what has been declared go to the engine, which works on it while the next is being declared. */
const turn = (): Promise<void> => new Promise(setImmediate);

/**
 * Declares every project of a stack, or the `only` one and those whose image only a build can tell; returns
 * what there is to tell of each of all, by its name in Gitea.
 */
export async function declareApps(
  settings: Settings,
  platform: Platform,
  { only, shared: standing }: Pick<Limits, "only" | "shared"> = {},
): Promise<Record<string, ProjectOutput>> {
  const { placement, ingress, edge, registry, rollouts, options } = platform;
  const { images, secrets, storage, prober, prometheus, backup } = settings;
  const build = images.builder && builds(images.builder, registry.host);
  const outputs: Record<string, ProjectOutput> = {};
  const routes: Route[] = [];
  const limitedTo: App[] = [];
  for (const project of images.projects) {
    const { name, spec, settings: runsWith, live, claims, record, configuration, next } = project;
    const surroundings = {
      secrets,
      placement,
      registry,
      ingress,
      edge,
      storage,
      prober,
      prometheus,
    };
    const slot = record?.slot ?? firstSlot;
    const release = { release: record, slot, configuration, next: next && nextRelease(next) };
    const ways = only === spec.project ? waysTo(name, standing?.routes) : undefined;
    const image = imageOf(project, build, settings.rejected);
    const declared = only === undefined || only === spec.project || !("ref" in image);
    const watched = only === undefined || only === spec.project ? rollouts : unwatched;
    const args = {
      spec,
      settings: runsWith,
      live,
      claims,
      image,
      ...release,
      ...surroundings,
      rollouts: watched,
      standing: ways,
    };
    if (declared) {
      platform.pass();
      await turn();
    }
    if (declared && hasVolumes(backup) && volumesWanted(spec).length > 0) {
      new VolumeBackups(name, { spec, backup, secrets, placement, registry }, options);
    }
    let serving: pulumi.Output<string>;
    if (declared) {
      const app = new App(name, args, options);
      if (only === spec.project) limitedTo.push(app);
      serving = app.image;
    } else serving = pulumi.output(image.ref);
    if (spec.expose === "ingress" && spec.ingress === "shared") routes.push(routeOf(name, spec));
    outputs[spec.project] = {
      name,
      namespace: placement.namespace,
      image: serving,
      digest: serving.apply((ref) => ref.slice(ref.indexOf("@") + 1)),
      slot,
      ...(next === undefined ? {} : { step: next.version.step, nextDigest: next.version.digest }),
      urls: urlsOf(project, ingress),
      replicas: spec.replicas,
    };
  }
  declareRemovals(settings, platform, only);
  const shared = only === undefined ? routes : routesBeside(routes, standing?.routes, images, only);
  if (shared.length > 0) {
    const args = {
      placement,
      className: ingress.className,
      routes: shared,
      besides: standing?.besides,
    };
    // Where it leads to changes once there is what it leads to, in an update that nobody else's project can hold up.
    new SharedIngress(args, { ...options, dependsOn: limitedTo });
  }
  return outputs;
}

/** Declares what the cluster keeps of projects that were taken out, as far as their records say who did and when. */
function declareRemovals(
  { removed, releases }: Settings,
  { placement, options }: Platform,
  only: string | undefined,
): void {
  for (const project of removed) {
    const said = releases[project]?.released;
    if (said === undefined || (only !== undefined && only !== project)) continue;
    new Removal(kubernetesName(project), { project, placement, said }, options);
  }
}

/** Where the shared Ingress leads to a project as it stands; undefined where it does not. */
function waysTo(name: string, standing: readonly Route[] = []): readonly Route[] | undefined {
  const ways = standing.filter(({ service }) => service === name);
  return ways.length === 0 ? undefined : ways;
}

/** Routes of an update limited to one project; where nobody may see what stands, the files'. */
function routesBeside(
  declared: readonly Route[],
  standing: readonly Route[] | undefined,
  { projects }: Settings["images"],
  only: string,
): readonly Route[] {
  if (standing === undefined) return declared;
  const next = projects.find(({ spec }) => spec.project === only)?.next;
  const served = { service: kubernetesName(only), serves: next === undefined };
  return limitedRoutes(declared, standing, served);
}

/** Whether volumes are among what a stack backs up. */
const hasVolumes = (backup: Settings["backup"]): backup is VolumesBackup =>
  backup?.volumes !== undefined;

const nextRelease = ({ ref, stage, version, configuration }: Next): AppArgs["next"] => ({
  ...{ ref, stage, configuration },
  strategy: version.strategy,
  release: version,
});

function imageOf(
  { image, repository, spec }: Project,
  build: Build | undefined,
  rejected: Settings["rejected"],
): AppArgs["image"] {
  if ("ref" in image) return image;
  // Settings choose a source only where there is something to build it with.
  if (build === undefined)
    throw new pulumi.RunError(`there is nothing to build ${repository} with`);
  return {
    build: build(repository, image.source),
    allow: (ref) => {
      mayRun(spec.project, ref, rejected);
    },
  };
}

function urlsOf({ spec }: Project, { port }: IngressContract): string[] {
  if (port === undefined) return [];
  const suffix = port === 80 ? "" : `:${port}`;
  return spec.hosts.map((host) => `http://${host}${suffix}${spec.path}`);
}
