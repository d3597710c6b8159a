import { createRequire } from "node:module";
import type { AppSpec } from "../../components/app/spec";
import { volumesWanted } from "../../components/backup/owner";
import { defineModule } from "../../components/shared/module";
import { formatProblems } from "../../components/shared/problem";
import { readRejections } from "../gates/rejected";
import { recordProblems, unknownProjectProblems } from "../records/problems";
import type { ReleaseRecord } from "../records/record";
import { askedName, differing } from "../records/version-settings";
import { stacksOf } from "../stack/stacks";
import { readCatalogue } from "./catalogue";
import type * as Declaring from "./declare";
import { chooseImages } from "./images";
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
    const { checkout, stack, document, secrets, only, settings, config } = context;
    const { releases = {}, nodePorts, build, adopt = [], discard = [] } = own;
    const { sandbox } = settings.cluster ?? {};
    const stacks = [...new Set([...stacksOf(checkout), stack])].sort();
    const catalogue = readCatalogue(checkout, stacks);
    const probeImage = probeImageOf(own, sandbox);
    const projectsContext = projectContext(own, {
      stack,
      file: document,
      secrets: secrets.names,
      domain: domainIn(config),
      probes: { image: probeImage },
      prometheus: settings.monitoring?.prometheus,
    });
    const all = catalogue.entries.map((entry) => resolve(entry, projectsContext));
    const resolved = all.flatMap(({ resolved: project }) => project ?? []);
    const images = chooseImages(resolved, {
      checkout,
      sandbox,
      releases,
      only,
      roots: build,
      templates: build?.templates,
      host: settings.registry?.host,
    });
    const rejections = readRejections(checkout, { stack, releases });
    const { quota } = settings.namespace ?? {};
    const { elsewhere } = images;
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
        routes: resolved.flatMap(({ spec: { project, hosts, path } }) =>
          hosts.map((host) => ({ host, path, project })),
        ),
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
      warnings: [
        ...(elsewhere.length === 0
          ? []
          : [formatProblems("what would stop updates of other projects", elsewhere)]),
        ...keptSettings(stack, resolved, releases),
      ],
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
