import { createRequire } from "node:module";
import type { AppSpec } from "../../components/app/spec";
import { volumesWanted } from "../../components/backup/owner";
import { defineModule, type ConfigOf, type ResolveContext } from "../../components/shared/module";
import { formatProblems } from "../../components/shared/problem";
import { readRejections } from "../gates/rejected";
import { recordProblems, unknownProjectProblems } from "../records/problems";
import type { ReleaseRecord } from "../records/record";
import { askedName, differing } from "../records/version-settings";
import { stacksOf } from "../stack/stacks";
import { readCatalogue, type CatalogueEntry } from "./catalogue";
import type * as Declaring from "./declare";
import { chooseImages, type Images } from "./images";
import { probeImageOf } from "./probe-image";
import { projectContext, resolve, type Resolved } from "./resolve";
import { exposureProblems, nameProblems, quotaProblems } from "./rules";
import { projectsConfig } from "./stack-keys";
import { patchesOf } from "./patches";
import type { ProjectsTypes } from "./types";

const load = createRequire(__filename);

/** The application projects: a file each, and a record of what runs. */
export const projects = defineModule<ProjectsTypes>()({
  key: "projects",
  config: projectsConfig,
  reads: ["cluster", "monitoring", "namespace", "registry"],
  needs: ["backup", "cluster", "edge", "ingress", "monitoring", "namespace"],

  resolve: (own, context) => {
    const { checkout, stack, document, settings, config } = context;
    const { releases = {}, nodePorts, adopt = [], discard = [] } = own;
    const stacks = [...new Set([...stacksOf(checkout), stack])].sort();
    const catalogue = readCatalogue(checkout, stacks);
    const probeImage = probeImageOf(own, settings.cluster?.sandbox);
    const all = resolveEach(catalogue.entries, own, { ...context, probeImage });
    const resolved = all.flatMap(({ resolved: project }) => project ?? []);
    const images = imagesOf(resolved, own, context);
    const rejections = readRejections(checkout, { stack, releases });
    const { quota } = settings.namespace ?? {};
    return {
      value: {
        images,
        probeImage,
        releases,
        adopt,
        discard,
        stacks,
        rejected: rejections.rejected,
        removed: Object.keys(releases).filter((name) => releases[name]?.removed === true),
        routes: resolved.flatMap(routesOf),
        nodePorts: images.projects.flatMap(({ spec }) => spec.nodePort ?? []),
        volumesToBackUp: resolved.flatMap(({ spec }) => volumesOf(spec)),
      },
      problems: [
        ...catalogue.problems,
        ...nameProblems(catalogue.entries, (config as { system?: string }).system),
        ...unknownProjectProblems(document, releases, { stack, names: catalogue.names }),
        ...recordProblems(document, releases, resolved),
        ...all.flatMap(({ problems }) => problems),
        ...exposureProblems(resolved, nodePorts?.base),
        ...images.problems,
        ...rejections.problems,
        ...(quota === undefined ? [] : quotaProblems(document, resolved, quota)),
      ],
      warnings: [...elsewhere(images), ...keptSettings(stack, resolved, releases)],
      simulated: images.simulated,
    };
  },

  declare: (args) => (load("./declare.ts") as typeof Declaring).declareProjects(args),

  // `slipway:defaults.customize`, which belongs to versions, patches these.
  customizable: (kind) => !["Deployment", "HorizontalPodAutoscaler"].includes(kind),

  patches: ({ images }, { stack, only }) =>
    images.projects
      .filter(({ spec }) => only === undefined || only === spec.project)
      .flatMap((project) => patchesOf(project, stack)),

  backups: ({ volumesToBackUp }) =>
    volumesToBackUp.length === 0 ? [] : [{ part: "volumes", holds: volumesToBackUp.join(", ") }],
});

type Own = ConfigOf<typeof projectsConfig>;
type Context = ResolveContext<ProjectsTypes>;

/** Each project's file over the stack's and the platform's settings. */
function resolveEach(
  entries: readonly CatalogueEntry[],
  own: Own,
  {
    stack,
    document,
    secrets,
    config,
    settings,
    probeImage,
  }: Context & { probeImage?: string | undefined },
): ReturnType<typeof resolve>[] {
  const context = projectContext(own, {
    stack,
    file: document,
    secrets: secrets.names,
    domain: domainIn(config),
    probes: { image: probeImage },
    prometheus: settings.monitoring?.prometheus,
  });
  return entries.map((entry) => resolve(entry, context));
}

/** What each project runs, or is built from. */
function imagesOf(
  resolved: readonly Resolved[],
  { releases = {}, build }: Own,
  { checkout, only, settings }: Context,
): Images {
  return chooseImages(resolved, {
    checkout,
    sandbox: settings.cluster?.sandbox,
    releases,
    only,
    roots: build,
    templates: build?.templates,
    host: settings.registry?.host,
  });
}

const routesOf = ({ spec: { project, hosts, path } }: Resolved) =>
  hosts.map((host) => ({ host, path, project }));

const elsewhere = ({ elsewhere: problems }: Images): string[] =>
  problems.length === 0
    ? []
    : [formatProblems("what would stop updates of other projects", problems)];

const domainIn = (config: Readonly<Record<string, unknown>>): string | undefined =>
  (config as { ingress?: { domain: string } }).ingress?.domain;

const volumesOf = (spec: AppSpec): string[] =>
  volumesWanted(spec).map((name) => `${spec.project} → volumes.${name}`);

/** Projects that run with the settings of a rollback, where their files have others. */
function keptSettings(
  stack: string,
  all: readonly Resolved[],
  releases: Readonly<Record<string, ReleaseRecord>>,
): string[] {
  return all.flatMap(({ spec: { project }, settings, filed }) => {
    const { pinned, next, digest } = releases[project] ?? {};
    const different = pinned === true && next === undefined ? differing(settings, filed) : [];
    const keys = different.filter((key) => key !== askedName);
    if (keys.length === 0) return [];
    const away = `slipway release ${project} --digest ${digest ?? ""} --stack ${stack}`;
    return [
      `${project} keeps the settings that it was taken back to: ${keys.join(", ")} of its file wait for its next release; to have them now: ${away}`,
    ];
  });
}
