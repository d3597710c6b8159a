import type { Configuration } from "../../components/app/config";
import type { AppSpec } from "../../components/app/spec";
import type { Stage } from "../../components/app/rollout";
import { imageRepository } from "../../components/shared/names";
import type { Problem } from "../../components/shared/problem";
import type { SandboxContract } from "../../components/cluster/sandbox";
import { configurationOf, mountedAs } from "../build/configuration";
import { place } from "../../components/shared/config/document";
import type { NextVersion, ReleaseRecord } from "../records/record";
import { configMountProblems, type Resolved } from "./resolve";
import { stageAt } from "./strategy";
import {
  readBases,
  readSource,
  type Source,
  type SourceArgs,
  type SourceRoots,
} from "../build/sources";

/** A project's image: one that exists, or one to be built from source. */
export type ImageChoice = { ref: string } | { source: Source };

/** A project of a stack, with its image. */
export interface Project extends Omit<Resolved, "source"> {
  /** Repository of its image. */
  repository: string;
  image: ImageChoice;
  record?: ReleaseRecord;
  /** Configuration that is not in the image. */
  configuration?: Configuration;
  /** The release in progress. */
  next?: Next;
}

/** A version that is being rolled out. */
export interface Next {
  /** Image by digest. */
  ref: string;
  version: NextVersion;
  configuration?: Configuration;
  /** Present stage of the release. */
  stage: Stage;
}

/** Builder of this stack. */
export interface Builder {
  /** buildx instance. */
  name: string;
  /** Existing images, by their short names in Dockerfiles. */
  templates: Record<string, string>;
  /** Images that are built first, by their short names in Dockerfiles. */
  bases: Record<string, Source>;
}

/** Images of all projects of a stack. */
export interface Images {
  projects: Project[];
  /** Names of projects without a record that are not built here. */
  leftOut: string[];
  builder?: Builder;
  simulated: string[];
  problems: Problem[];
  /** Problems of projects outside a limited update: they stop those projects' updates, and not this one. */
  elsewhere: Problem[];
}

/** Sources of a stack's images. */
export interface ImageContext {
  checkout: string;
  /** Folders of sources; nothing is built where they could not be read. */
  roots: SourceRoots | undefined;
  /** Registry host; undefined where it is invalid, which has been reported. */
  host: string | undefined;
  releases: Readonly<Record<string, ReleaseRecord>>;
  /** Existing images besides the sandbox's own, by their short names in Dockerfiles. */
  templates?: Readonly<Record<string, string>>;
  /** The sandbox, when the stack runs on it. */
  sandbox?: SandboxContract;
  /** The one project that the update is limited to. */
  only?: string | undefined;
}

/** Chooses the image of each project: that of its record; without one, its source, where there is a builder. */
export function chooseImages(resolved: readonly Resolved[], context: ImageContext): Images {
  const { sandbox, releases, host, checkout, roots, only } = context;
  const images: Images = { projects: [], leftOut: [], simulated: [], problems: [], elsewhere: [] };
  const sources: Source[] = [];
  for (const { source: sourceArgs, ...project } of resolved) {
    const { document } = project;
    const path = imageRepository(project.group, project.spec.project);
    const repository = host === undefined ? path : `${host}/${path}`;
    const record = releases[project.spec.project];
    if (record?.removed === true) continue;
    // A project with a record stays among the projects: its image, routes and NodePorts are known.
    const isElsewhere = only !== undefined && only !== project.spec.project && record !== undefined;
    const report = (problems: readonly Problem[]) =>
      images[isElsewhere ? "elsewhere" : "problems"].push(
        ...problems.map(({ path, ...problem }) => place(document, [path ?? "name"], problem)),
      );
    if (record !== undefined) {
      const { source: liveArgs = sourceArgs } = project.live ?? {};
      const live = configurationOf(checkout, roots, liveArgs, record);
      const target = configurationOf(checkout, roots, sourceArgs, record.next ?? record);
      report([...live.problems, ...(record.next === undefined ? [] : target.problems)]);
      report(meeting(project.spec, sourceArgs, target));
      if (project.live !== undefined) report(meeting(project.live.spec, liveArgs, live));
      const next = nextOf(repository, record);
      images.projects.push({
        ...project,
        repository,
        record,
        configuration: live.configuration,
        image: { ref: `${repository}@${record.digest}` },
        next: next && { ...next, configuration: target.configuration },
      });
      continue;
    }
    if (sandbox === undefined || roots === undefined) {
      images.leftOut.push(project.spec.project);
      continue;
    }
    const { source, config, problems } = readSource(checkout, roots, sourceArgs);
    report(problems);
    if (source === undefined) continue;
    sources.push(source);
    const { configuration, problems: unfit } = mountedAs(sourceArgs, config);
    report([...unfit, ...meeting(project.spec, sourceArgs, { configuration })]);
    const image =
      sandbox.builder === undefined ? { ref: `${repository}@sha256:${source.hash}` } : { source };
    images.projects.push({ ...project, repository, image, configuration });
  }
  if (sources.length === 0 || sandbox === undefined || roots === undefined) return images;
  if (sandbox.builder === undefined) {
    images.simulated.push("images: none is built; each digest is the hash of the project's source");
    return images;
  }
  const templates = { ...templatesOf(sandbox), ...context.templates };
  const { bases, problems } = readBases(checkout, roots, sources);
  images.problems.push(...problems);
  return { ...images, builder: { name: sandbox.builder.name, templates, bases } };
}

/** Mounts at the path of a configuration, where the project's file does not set that path itself. */
const meeting = (
  spec: AppSpec,
  { path }: SourceArgs,
  { configuration }: { configuration?: Configuration | undefined },
): Problem[] => (path === undefined ? configMountProblems(spec, configuration?.mount?.path) : []);

/** Images of a sandbox, by their short names in Dockerfiles. */
export const templatesOf = ({ templates }: SandboxContract): Record<string, string> =>
  Object.fromEntries(
    Object.entries(templates ?? {}).map(([name, ref]) => [`template/${name}`, ref] as const),
  );

function nextOf(repository: string, { next }: ReleaseRecord): Next | undefined {
  if (next === undefined) return undefined;
  const stage = stageAt(next.strategy, next.step);
  // The rules for records refuse a step that the strategy does not have.
  return stage && { ref: `${repository}@${next.digest}`, version: next, stage };
}
