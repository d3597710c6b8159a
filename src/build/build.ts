import { resolve } from "node:path";
import type { Version } from "../records/record";
import { exposedPorts } from "./dockerfile";
import { prepare, type Prepared } from "./prepare";
import { grounded, type Source } from "./sources";
import type { BuildInput } from "./program";
import { lookUp } from "./registry";
import { partsOf, provenanceOf, unnamedBecause } from "./revisions";
import { BuildStack, digestIn } from "./stack";
import { isMainBranch, movingTag, tagOf, type TagParts } from "./tags";
import { notDone } from "../stack/refusal";
import type { BuildRequest } from "./request";

/** An image that was built. */
export interface Built {
  version: Version;
  /** Why the version names no commit, where it does not, in a sentence each. */
  unnamed: string[];
  /** TCP ports that its Dockerfile names by `EXPOSE`. */
  exposes: number[];
}

/**
 * Builds a project's image, base images first, and pushes it. Each project has a stack of its own for it in the backend at
 * hand (`<environment>.<name>` of `slipway-build`), so builds of two projects do not wait for each other. What has not
 * changed is not built again, keeps its tag, and gives the same version.
 */
export async function buildProject(request: BuildRequest): Promise<Built> {
  const { stack, builder, build, parts = {} } = request;
  const prepared = prepare(request);
  const { source: own, configHash, revisions, bases } = prepared;
  const { hash } = grounded(own, bases, builder.templates);
  const provenance = provenanceOf(revisions);
  const known = partsOf(revisions, { type: stack, ...parts }, request.env);

  const now = new Date().toISOString();
  const tagAt = (time: string): string =>
    request.tag ?? taggedAs(request, { ...known, time: new Date(time) });
  const { branch } = known;
  const from = {
    ...provenance,
    configHash,
    ...(branch === undefined || branch === "" ? {} : { branch }),
  };
  // Refused before the first build has made itself a stack.
  request.allow?.({ ...from, tag: tagAt(now) });

  const builds = new BuildStack(request);
  const last = await builds.remembered();
  const { commit } = provenance;
  const same = last?.hash === hash && last.commit === commit;
  const time = same ? last.time : now;
  const tag = await freeTag(request, tagAt(time), same ? digestIn(last) : undefined);
  const moves = build.latest === "always" || (build.latest === "main" && isMainBranch(branch));
  const input = inputOf(request, prepared, {
    tags: moves ? [tag, movingTag] : [tag],
    remember: { hash, time, ...(commit === undefined ? {} : { commit }) },
  });
  const digest = await builds.build(input, `build of ${request.source.project} ${tag}`);
  return {
    version: { digest, tag, ...from },
    unnamed: unnamedBecause(revisions),
    exposes: exposedPorts(own.dockerfile),
  };
}

/** What the program that builds is given: folders with their whole paths, for it runs in another one. */
function inputOf(
  { checkout, name, registry, repository, builder }: BuildRequest,
  { source, bases }: Prepared,
  more: Pick<BuildInput, "tags" | "remember">,
): BuildInput {
  const at = ({ context, config, ...each }: Source): Source => ({
    ...each,
    context: resolve(checkout, context),
    ...(config === undefined ? {} : { config: resolve(checkout, config) }),
  });
  const located = Object.entries(bases).map(([base, each]) => [base, at(each)]);
  return {
    name,
    registry,
    repository,
    builder: { ...builder, bases: Object.fromEntries(located) as Record<string, Source> },
    source: at(source),
    ...more,
  };
}

/**
 * A tag that no other image has, with a number behind it where it must: none is ever moved, for the image that would lose it may
 * be what a rollback runs, and a registry clears away what has no name. One that somebody chose is refused instead.
 */
async function freeTag(
  { registry, authority, repository, source, stack, tag: chosen }: BuildRequest,
  wanted: string,
  own: string | undefined,
): Promise<string> {
  for (let number = 1; ; number++) {
    const tag = number === 1 ? wanted : `${wanted}-${number}`;
    const answer = await lookUp({ host: registry, authority }, repository, tag);
    // One that does not answer is heard of when it is pushed to.
    if (!("found" in answer) || !answer.found || answer.digest === own) return tag;
    if (chosen === undefined) continue;
    throw notDone(source.project, "built", [
      {
        file: "--tag",
        given: tag,
        allowed: `a tag that no image of ${registry}/${repository} has; ${answer.digest.slice(0, 19)} has this one`,
        fix: `another tag; or release what has it: slipway release ${source.project} --tag ${tag} --stack ${stack}`,
      },
    ]);
  }
}

function taggedAs({ stack, source, build }: BuildRequest, parts: TagParts): string {
  const result = tagOf(build.tagFormat, parts);
  if ("tag" in result) return result.tag;
  throw notDone(
    source.project,
    "built",
    result.problems.map(({ part, ...problem }) => ({
      file: `Pulumi.${stack}.yaml`,
      path: `slipway:build.tagFormat → ${part}`,
      ...problem,
    })),
  );
}
