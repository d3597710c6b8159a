import { authorityOf } from "../../components/cluster/authorities";
import { templatesOf } from "../projects/images";
import type { ReleasedProject } from "../rollout/project";
import type { Session } from "../engine/session";
import { notDone } from "../stack/refusal";
import type { Build } from "./config";
import type { Version } from "../records/record";
import type { SourceArgs } from "./sources";
import type { TagParts } from "./tags";

/** What a command may say about a build; the stack's settings decide the rest. */
export interface BuildOptions {
  /** Commit, tag or branch of the project to read, regardless of the work tree. */
  commit?: string | undefined;
  /** The same for the config repository. */
  configCommit?: string | undefined;
  branch?: string | undefined;
  releaseVersion?: string | undefined;
  buildId?: string | undefined;
}

/** The build of a project in a stack; throws if the stack has no builder. */
export function buildRequest(
  { checkout, stack, env, sandbox }: Session,
  { project, name, repository, source, config }: ReleasedProject,
  options: BuildOptions,
): BuildRequest {
  const { build } = config;
  const builder = build.builder ?? sandbox?.builder?.name;
  const registry = config.registry?.host ?? sandbox?.registry;
  if (builder === undefined || registry === undefined) {
    const problem = {
      path: "--build",
      allowed: "a stack with a builder; here images come from elsewhere",
      fix: `name one that the registry has by --tag or --digest, or add \`slipway:build: {builder: …}\` to Pulumi.${stack}.yaml: a buildx instance`,
    };
    throw notDone(project, "built", [problem]);
  }
  const { commit, configCommit, branch, releaseVersion: version, buildId } = options;
  const parts = Object.entries({ branch, version, buildId }).filter(
    ([, value]) => value !== undefined,
  );
  return {
    checkout,
    stack,
    env,
    name,
    registry,
    repository,
    authority: authorityOf(checkout, config.authorities, registry),
    builder: {
      name: builder,
      templates: { ...(sandbox === undefined ? {} : templatesOf(sandbox)), ...build.templates },
    },
    source: commit === undefined ? source : { ...source, commit },
    build: configCommit === undefined ? build : { ...build, commit: configCommit },
    parts: Object.fromEntries(parts),
  };
}

/** An image to be built. */
export interface BuildRequest {
  checkout: string;
  /** Environment it is built for. */
  stack: string;
  /** Environment of the engine and of the builder. */
  env: Readonly<Record<string, string>>;
  /** Kubernetes name of the project. */
  name: string;
  registry: string;
  /** Who vouches for it where nobody else does: certificates in PEM. */
  authority?: string | undefined;
  /** Path of its image below the registry: `back/sjzy.package.api`. */
  repository: string;
  /** buildx instance, and the images that Dockerfiles may name by short names. */
  builder: { name: string; templates: Record<string, string> };
  /** What is built; with `commit` the files of that commit, whatever lies in the work tree. */
  source: SourceArgs;
  build: Build;
  /** Tag that somebody chose, in place of one of the stack's format. */
  tag?: string;
  /** Parts of the tag that somebody gave. */
  parts?: Partial<Omit<TagParts, "time">>;
  /** Throws where such a version may not come anyway; asked before anything is built. */
  allow?: (version: Omit<Version, "digest">) => void;
  /** Gets a line whenever there is something new to read. */
  show?: (line: string) => void;
}
