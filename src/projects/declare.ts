import * as pulumi from "@pulumi/pulumi";
import { App, sharedByVersions } from "../../components/app/app";
import { Customizer } from "../../components/shared/customize";
import { routeOf, type Route } from "../../components/app/network";
import { firstSlot } from "../../components/app/rollout";
import { Removal } from "../../components/app/removal";
import { SharedIngress } from "../../components/app/shared-ingress";
import type { VolumesBackup } from "../../components/backup/volume-job";
import { VolumeBackups } from "../../components/backup/volumes";
import type { BackupSpec } from "../../components/backup/spec";
import { outputsOf } from "../../components/shared/config/secrets";
import type { IngressContract } from "../../components/shared/contracts";
import type { DeclareArgs, Declared } from "../../components/shared/module";
import { kubernetesName } from "../../components/shared/names";
import { builds, type BuildOf } from "../build/args";
import { unwatched } from "../readiness/rollouts";
import { mayRun, type Rejected } from "../gates/rejected";
import type { Images, Next, Project } from "./images";
import { patchesOf } from "./patches";
import { limitedRoutes } from "../status/routes";
import { volumesWanted } from "../../components/backup/owner";
import type { ProjectsTypes, ProjectOutput } from "./types";
import type { AppArgs } from "../../components/app/args";

/** Yields, so that the engine works on declared resources while the next ones are being declared. */
const turn = (): Promise<void> => new Promise(setImmediate);

/**
 * Declares every project of a stack, or only the one that the update is limited to and those whose digest only a build can
 * determine; returns the outputs of all of them, by name in Gitea. A limited update needs no other project, and declaring a
 * thousand takes half a minute; without a limit the engine deletes undeclared projects.
 */
export async function declareProjects(
  args: DeclareArgs<ProjectsTypes>,
): Promise<Declared<ProjectsTypes>> {
  const { settings, needs, context, live } = args;
  const { images } = settings;
  const { stack, preview, only, pass } = context;
  const liveIngress = live?.ingress;
  if (images.leftOut.length > 0) {
    const names = images.leftOut.join(", ");
    void pulumi.log.info(`not in ${stack}, for want of a record in slipway:releases: ${names}`);
  }
  if (preview && only === undefined) sayWhoIsShutIn(images.projects);
  const { registry } = needs.namespace;
  const secrets = outputsOf(context.secrets, context.secrets.names);
  const build = images.builder && builds(images.builder, registry.host);
  const outputs: Record<string, ProjectOutput> = {};
  const routes: Route[] = [];
  const limitedTo: App[] = [];
  const customizers: Customizer[] = [];
  for (const project of images.projects) {
    const { name, spec } = project;
    const image = imageOf(project, build, settings.rejected);
    const meant = only === undefined || only === spec.project;
    let serving: pulumi.Output<string>;
    if (meant || !("ref" in image)) {
      pass();
      await turn();
      const own = customizersOf(project, stack);
      customizers.push(...new Set(Object.values(own)));
      const options = pulumi.mergeOptions(
        { transformations: [own.spec.transformation(sharedByVersions(name))] },
        needs.cluster.options,
      );
      declareBackups(project, args, secrets, options);
      const rollouts = meant ? context.rollouts : unwatched;
      const liveRoutes = only === spec.project ? routesTo(name, liveIngress?.routes) : undefined;
      const given = { ...appArgs(project, args), secrets, image, rollouts, liveRoutes };
      const app = new App(name, { ...given, customizers: own }, options);
      if (only === spec.project) limitedTo.push(app);
      serving = app.image;
    } else serving = pulumi.output(image.ref);
    if (spec.expose === "ingress" && spec.ingress === "shared") routes.push(routeOf(name, spec));
    outputs[spec.project] = outputOf(project, serving, needs);
  }
  declareRemovals(args);
  const shared =
    only === undefined ? routes : routesBeside(routes, liveIngress?.routes, images, only);
  if (shared.length > 0) {
    const { className } = needs.ingress;
    const { placement } = needs.namespace;
    const given = { placement, className, routes: shared, besides: liveIngress?.besides };
    // It changes once its backends exist, and in a limited update no other project can delay it.
    new SharedIngress(given, { ...needs.cluster.options, dependsOn: limitedTo });
  }
  return { contract: {}, outputs: { projects: outputs }, customizers };
}

/** Customizers with a project's patches, by the settings of its versions. */
function customizersOf(project: Project, stack: string): NonNullable<AppArgs["customizers"]> {
  const [own, live] = patchesOf(project, stack).map((patches) => new Customizer(patches));
  const spec = own ?? new Customizer();
  return { spec, live: live ?? spec };
}

/** Arguments of an App, except its image, the secrets and the contracts. */
function appArgs(
  { spec, settings: runsWith, live, claims, record, configuration, next }: Project,
  { settings, needs }: DeclareArgs<ProjectsTypes>,
): Omit<AppArgs, "image" | "rollouts" | "secrets"> {
  const { placement, registry, storage } = needs.namespace;
  return {
    spec,
    settings: runsWith,
    live,
    claims,
    release: record,
    slot: record?.slot ?? firstSlot,
    configuration,
    next: next && nextRelease(next),
    placement,
    registry,
    storage,
    ingress: needs.ingress,
    edge: needs.edge,
    probeImage: settings.probeImage,
    prometheus: needs.monitoring.prometheus,
  };
}

/** Declares the backups of a project's volumes, where the project asks for them and the stack configures them. */
function declareBackups(
  { name, spec }: Project,
  { needs }: DeclareArgs<ProjectsTypes>,
  secrets: AppArgs["secrets"],
  options: pulumi.ComponentResourceOptions,
): void {
  const backup = needs.backup?.spec;
  if (!hasVolumes(backup) || volumesWanted(spec).length === 0) return;
  const { placement, registry } = needs.namespace;
  new VolumeBackups(name, { spec, backup, secrets, placement, registry }, options);
}

function outputOf(
  project: Project,
  serving: pulumi.Output<string>,
  { ingress, namespace }: DeclareArgs<ProjectsTypes>["needs"],
): ProjectOutput {
  const { name, spec, record, next } = project;
  return {
    name,
    namespace: namespace.placement.namespace,
    image: serving,
    digest: serving.apply((ref) => ref.slice(ref.indexOf("@") + 1)),
    slot: record?.slot ?? firstSlot,
    ...(next === undefined ? {} : { step: next.version.step, nextDigest: next.version.digest }),
    urls: urlsOf(project, ingress),
    replicas: spec.replicas,
  };
}

/** Maximum number of names in a line. */
const mostNames = 10;

/** Prints the projects without egress: where nothing enforces policies, as in the sandbox, the mistake would not show. */
function sayWhoIsShutIn(projects: readonly Project[]): void {
  const names = projects
    .filter(({ spec: { egress } }) => egress !== "any" && egress.length === 0)
    .map(({ spec }) => spec.project);
  if (names.length === 0) return;
  const more = names.length > mostNames ? ` and ${names.length - mostNames} more` : "";
  void pulumi.log.info(
    `reach nothing but each other and DNS, for want of \`egress\` in their files: ${names.slice(0, mostNames).join(", ")}${more}`,
  );
}

/** Declares the ConfigMaps of removed projects, where their records say who removed them and when. */
function declareRemovals({ settings, needs, context }: DeclareArgs<ProjectsTypes>): void {
  const { removed, releases } = settings;
  const { placement } = needs.namespace;
  for (const project of removed) {
    const said = releases[project]?.released;
    if (said === undefined || (context.only !== undefined && context.only !== project)) continue;
    new Removal(kubernetesName(project), { project, placement, said }, needs.cluster.options);
  }
}

/** Present routes of the shared Ingress to a project; undefined where there are none. */
function routesTo(name: string, liveRoutes: readonly Route[] = []): readonly Route[] | undefined {
  const ways = liveRoutes.filter(({ service }) => service === name);
  return ways.length === 0 ? undefined : ways;
}

/** Other projects' routes in a limited update: the present ones, or those of the files where the Ingress may not be read. */
function routesBeside(
  declared: readonly Route[],
  liveRoutes: readonly Route[] | undefined,
  { projects }: Images,
  only: string,
): readonly Route[] {
  if (liveRoutes === undefined) return declared;
  const next = projects.find(({ spec }) => spec.project === only)?.next;
  const served = { service: kubernetesName(only), serves: next === undefined };
  return limitedRoutes(declared, liveRoutes, served);
}

/** Whether a stack backs up volumes. */
const hasVolumes = (backup: BackupSpec | undefined): backup is VolumesBackup =>
  backup?.volumes !== undefined;

const nextRelease = ({ ref, stage, version, configuration }: Next): AppArgs["next"] => ({
  ref,
  stage,
  configuration,
  strategy: version.strategy,
  release: version,
});

function imageOf(
  { image, repository, spec }: Project,
  build: BuildOf | undefined,
  rejected: readonly Rejected[],
): AppArgs["image"] {
  if ("ref" in image) return image;
  // Settings choose a source only where there is a builder.
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
