import { imageRepository } from "../../components/shared/names";
import type { Problem } from "../../components/shared/problem";
import type { SandboxContract } from "../../sandbox/contract";
import { place } from "./problems";
import type { Resolved } from "./resolve";
import { readBases, readSource, type Source, type SourceRoots } from "./sources";
import type { ReleaseRecord } from "./stack";

/** What a project runs: an image that exists, or one to be built from source. */
export type ImageChoice = { ref: string } | { source: Source };

/** A project of a stack, with what it runs. */
export interface Project extends Omit<Resolved, "source" | "document"> {
  /** Where its image lies. */
  repository: string;
  image: ImageChoice;
  record?: ReleaseRecord;
}

/** What this stack builds with. */
export interface Builder {
  /** buildx instance. */
  name: string;
  /** Images that exist, by the short names that Dockerfiles give them. */
  templates: Record<string, string>;
  /** Images that are built first, by the short names that Dockerfiles give them. */
  bases: Record<string, Source>;
}

/** What every project of a stack runs. */
export interface Images {
  projects: Project[];
  /** Names of projects that have no record and are not built here. */
  leftOut: string[];
  builder?: Builder;
  simulated: string[];
  problems: Problem[];
}

/** Where images come from in a stack. */
export interface ImageContext {
  checkout: string;
  /** Where sources lie; nothing is built where this could not be read. */
  roots: SourceRoots | undefined;
  /** Registry host. */
  host: string;
  releases: Readonly<Record<string, ReleaseRecord>>;
  /** The sandbox, when the stack runs on it. */
  sandbox?: SandboxContract;
}

/** Decides for each project what it runs: its record; without one, its source, where there is something to build it with. */
export function chooseImages(resolved: readonly Resolved[], context: ImageContext): Images {
  const { sandbox, releases, host, checkout, roots } = context;
  const images: Images = { projects: [], leftOut: [], simulated: [], problems: [] };
  const sources: Source[] = [];
  for (const { source: sourceArgs, document, ...project } of resolved) {
    const repository = `${host}/${imageRepository(project.group, project.spec.project)}`;
    const record = releases[project.spec.project];
    if (record !== undefined) {
      images.projects.push({
        ...project,
        repository,
        record,
        image: { ref: `${repository}@${record.digest}` },
      });
      continue;
    }
    if (sandbox === undefined || roots === undefined) {
      images.leftOut.push(project.spec.project);
      continue;
    }
    const { source, problems } = readSource(checkout, roots, sourceArgs);
    images.problems.push(
      ...problems.map(({ path, ...problem }) => place(document, [path ?? "name"], problem)),
    );
    if (source === undefined) continue;
    sources.push(source);
    const image =
      sandbox.builder === undefined ? { ref: `${repository}@sha256:${source.hash}` } : { source };
    images.projects.push({ ...project, repository, image });
  }
  if (sources.length === 0 || sandbox === undefined || roots === undefined) return images;
  if (sandbox.builder === undefined) {
    images.simulated.push("images: none is built; each digest is the hash of the project's source");
    return images;
  }
  const { nginx, node } = sandbox.templates ?? {};
  const templates = {
    ...(nginx === undefined ? {} : { "template/nginx": nginx }),
    ...(node === undefined ? {} : { "template/node": node }),
  };
  const bases = readBases(checkout, roots, sources);
  return { ...images, builder: { name: sandbox.builder.name, templates, bases } };
}
