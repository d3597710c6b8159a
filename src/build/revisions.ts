import { join } from "node:path";
import { configRepository } from "./config-repository";
import type { Problem } from "../../components/shared/problem";
import type { Version } from "../records/record";
import { sentOf } from "./context";
import { ignoredFiles, revisionAt, workTreeOf, type Revision, type WorkTree } from "./repository";
import type { SourceArgs, SourceRoots } from "./sources";
import { pipelineParts } from "./pipeline";
import type { TagParts } from "./tags";

/** What git knows about the sources of an image. */
export interface Revisions {
  code: WorkTree | undefined;
  config: WorkTree | undefined;
  /** Files that git ignores but the image contains, relative to the code. */
  ignored?: readonly string[];
}

/** Reads the revisions of a project's code and configuration; throws a `RepositoryError`. */
export function revisionsOf(checkout: string, roots: SourceRoots, args: SourceArgs): Revisions {
  const code = join(roots.code, args.project);
  const found = revisionOf(join(checkout, code), args.commit);
  const ignored =
    found === undefined || args.commit !== undefined
      ? []
      : sentOf(join(checkout, code), ignoredFiles(join(checkout, code)));
  return {
    // They are in no commit: a build from the commit would give another image.
    code: found && { ...found, dirty: found.dirty || ignored.length > 0 },
    ...(ignored.length === 0 ? {} : { ignored }),
    config: configRevision(checkout, roots, args),
  };
}

/** The same for its configuration alone. */
export function configRevision(
  checkout: string,
  roots: SourceRoots,
  { project }: SourceArgs,
): WorkTree | undefined {
  const config = configRepository(checkout, roots.config, project);
  return revisionOf(join(checkout, config), roots.commit);
}

/** Mounted configuration is not part of the image: each update reads it again, at the commit in the record. */
export const uncommitted: Problem = {
  file: "config repository",
  allowed:
    "no uncommitted changes where configuration is mounted, because it is read again at the commit",
  fix: "commit them, or set `configMode: bake`",
};

function revisionOf(directory: string, commit: string | undefined): WorkTree | undefined {
  if (commit === undefined) return workTreeOf(directory);
  const revision: Revision = revisionAt(directory, commit);
  // At a commit, files are those of the commit, whatever the work tree holds.
  return { ...revision, dirty: false };
}

/**
 * What git knows about a version. A commit is named only if the files are those of the commit: an image built from other files
 * could never be built from it again.
 */
export function provenanceOf({
  code,
  config,
}: Revisions): Pick<Version, "commit" | "author" | "config"> {
  return {
    ...(code === undefined || code.dirty ? {} : { commit: code.commit, author: code.author }),
    ...(config === undefined || config.dirty ? {} : { config: config.commit }),
  };
}

/** Why a version names no commit, one sentence per reason. */
export function unnamedBecause({ code, config, ignored = [] }: Revisions): string[] {
  const [first = "", ...more] = ignored;
  const others = more.length === 0 ? "" : ` and ${more.length} more`;
  return [
    ...(ignored.length === 0
      ? []
      : [
          `the image has ${first}${others}, which git ignores: no commit is named; name it in .dockerignore, or build with --commit`,
        ]),
    ...(code?.dirty === true && ignored.length === 0
      ? ["the code differs from its commit: no commit is named"]
      : []),
    ...(config?.dirty === true
      ? ["the config repository differs from its commit: none of it is named"]
      : []),
  ];
}

/** Input for tags, except the time: from options first, then git, then the pipeline. */
export function partsOf(
  { code, config }: Revisions,
  given: Partial<Omit<TagParts, "time">>,
  env: NodeJS.ProcessEnv,
): Omit<TagParts, "time"> {
  const clean = code === undefined || code.dirty ? undefined : code;
  const pipeline = pipelineParts(env);
  // A pipeline builds a detached commit and says which branch or tag the build is for.
  const ofTag = pipeline.gitTag === undefined ? pipeline.branch : undefined;
  const branch = given.branch ?? code?.branch ?? (given.gitTag === undefined ? ofTag : undefined);
  const gitTag =
    given.gitTag ?? (branch === undefined ? (pipeline.gitTag ?? clean?.gitTag) : undefined);
  return {
    ...pipeline,
    ...(clean === undefined ? {} : { commit: clean.commit, authored: clean.authored }),
    ...(config === undefined || config.dirty ? {} : { config: config.commit }),
    ...given,
    branch,
    gitTag,
  };
}
