import { execa } from "execa";
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { UserError, type Problem } from "../../components/shared/problem";
import { nearest } from "../../components/shared/nearest";
import type { Build } from "./config";
import type { Version } from "../records/record";
import { RepositoryError } from "./repository";
import { exposedPorts, imageNames } from "./dockerfile";
import { grounded, mounts, readBases, readSource, type Source, type SourceArgs } from "./sources";
import { inputFile, type BuildInput, type Remembered } from "./program";
import { Engine, type RunArgs } from "../engine/engine";
import { EngineError } from "../engine/error";
import { lookUp } from "./registry";
import {
  partsOf,
  provenanceOf,
  revisionsOf,
  uncommitted,
  unnamedBecause,
  type Revisions,
} from "./revisions";
import { chosenTagProblem, isMainBranch, movingTag, tagOf, type TagParts } from "./tags";
import { notDone } from "../stack/refusal";

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

/** An image that was built. */
export interface Built {
  version: Version;
  /** Why the version names no commit, where it does not, in a sentence each. */
  unnamed: string[];
  /** TCP ports that its Dockerfile names by `EXPOSE`. */
  exposes: number[];
}

/** Name of the Pulumi project that holds builds: the program that deploys never builds for a record. */
const buildsProject = "slipway-build";

/**
 * Builds a project's image, base images first, and pushes it. Each project has a stack of its own for it in the backend at
 * hand (`<environment>.<name>` of `slipway-build`), so builds of two projects do not wait for each other. What has not
 * changed is not built again, keeps its tag, and gives the same version.
 */
export async function buildProject(request: BuildRequest): Promise<Built> {
  const { checkout, stack, name, builder, build, parts = {}, show } = request;
  const { source: own, configHash, revisions, bases } = prepare(request);
  const source = grounded(own, bases, builder.templates);
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

  const folder = join(checkout, ".slipway", "build", `${stack}.${name}`);
  layOut(folder, checkout);
  const engine = new Engine(folder, `${stack}.${name}`, request.env);
  const last = await remembered(engine, folder, request.env);
  const same = last?.hash === source.hash && last.commit === provenance.commit;
  const time = same ? last.time : now;
  const tag = await freeTag(request, tagAt(time), same ? digestIn(last) : undefined);
  const moves =
    build.latest === "always" || (build.latest === "main" && isMainBranch(known.branch));

  const at = ({ context, config, ...each }: Source): Source => ({
    ...each,
    context: resolve(checkout, context),
    ...(config === undefined ? {} : { config: resolve(checkout, config) }),
  });
  const { commit } = provenance;
  const input: BuildInput = {
    name,
    registry: request.registry,
    repository: request.repository,
    builder: { ...builder, bases: Object.fromEntries(map(bases, at)) },
    source: at(own),
    tags: moves ? [tag, movingTag] : [tag],
    remember: { hash: source.hash, time, ...(commit === undefined ? {} : { commit }) },
  };
  writeFileSync(join(folder, inputFile), JSON.stringify(input));
  const steps = (line: string): void => {
    if (isStep(line)) show?.(line);
  };
  const run = { show: steps, message: `build of ${request.source.project} ${tag}` };
  const digest = await pushed(request, { engine, folder, run });
  return {
    version: { digest, tag, ...from },
    unnamed: unnamedBecause(revisions),
    exposes: exposedPorts(own.dockerfile),
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

/**
 * Builds what the stack of the build does not know yet, and what the registry has lost since: a clean-up there that took an
 * image would otherwise be met only by the nodes. Returns the digest, which the registry has.
 */
async function pushed(
  { registry, authority, repository, show, source, env }: BuildRequest,
  { engine, folder, run }: { engine: Engine; folder: string; run: RunArgs },
): Promise<string> {
  const built = async (): Promise<{ digest: string; lost: boolean }> => {
    await engine.up(run);
    const digest = digestIn(await engine.json("stack", "output"));
    const answer = await lookUp({ host: registry, authority }, repository, digest);
    // One that does not answer us was pushed to all the same, or the build would have failed.
    return { digest, lost: "found" in answer && !answer.found };
  };
  const first = await built();
  if (!first.lost) return first.digest;
  show?.(`${registry}/${repository} no longer has ${first.digest}: it is built again`);
  // The stack of the build forgets what it has made, base images too; in the registry that deletes nothing.
  const args = ["destroy", "--yes", "--skip-preview", "--non-interactive", "--stack", engine.stack];
  const { exitCode, all } = await execa("pulumi", args, {
    cwd: folder,
    env,
    reject: false,
    all: true,
  });
  if (exitCode !== 0) throw new UserError(`pulumi ${args.join(" ")}: ${all}`);
  const second = await built();
  if (!second.lost) return second.digest;
  throw new UserError(
    `${source.project} is built and pushed, and ${registry}/${repository} does not have ${second.digest}: look at the registry`,
  );
}

/** Whether a line says what is being done: of all that BuildKit tells, its steps and its errors. */
export const isStep = (line: string): boolean =>
  !/^\S+: #\d+ /.test(line) ||
  /: #\d+ (\[(?!internal|context)|exporting to image$|pushing layers$|ERROR)/.test(line);

/** Reads and checks all that a build is made of; throws every problem, before anything is changed. */
function prepare(request: BuildRequest): {
  source: Source;
  configHash: string;
  revisions: Revisions;
  bases: Record<string, Source>;
} {
  const { checkout, builder, build, source: args, tag } = request;
  const { source, config, problems } = readSource(checkout, build, args);
  const { bases, problems: ofBases } = readBases(checkout, build, source ? [source] : []);
  const all: Problem[] = problems.map(({ path, ...problem }) => ({
    file: `projects/${args.project}.yaml`,
    path: path ?? "name",
    ...problem,
  }));
  all.push(...ofBases);
  for (const each of [...(source === undefined ? [] : [source]), ...Object.values(bases)]) {
    all.push(...templateProblems(each, [...Object.keys(builder.templates), ...Object.keys(bases)]));
  }
  const wrong = tag === undefined ? undefined : chosenTagProblem(tag);
  if (wrong !== undefined) all.push({ file: "--tag", ...wrong });
  if (all.length > 0 || source === undefined) throw notDone(args.project, "built", all);
  try {
    const revisions = revisionsOf(checkout, build, args);
    if (mounts(args) && revisions.config?.dirty === true)
      throw notDone(args.project, "built", [uncommitted]);
    return { source, configHash: config.hash, revisions, bases };
  } catch (error) {
    if (!(error instanceof RepositoryError)) throw error;
    throw notDone(args.project, "built", [gitSays(error)]);
  }
}

/** Templates that a Dockerfile names and nobody has: a registry elsewhere would be asked for them. */
function templateProblems({ dockerfile }: Source, known: readonly string[]): Problem[] {
  return imageNames(dockerfile)
    .filter((name) => name.startsWith("template/") && !known.includes(name))
    .map((name) => {
      const meant = nearest(name, known);
      return {
        file: "Dockerfile",
        path: "FROM",
        given: name,
        allowed: `a template: ${known.join(", ")}`,
        fix:
          meant === undefined
            ? `add it to \`slipway:build: {templates: …}\`, or as a directory of the config repository`
            : `did you mean \`${meant}\`?`,
      };
    });
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

/** A Pulumi project whose program is bin/build.cjs of the checkout. */
function layOut(folder: string, checkout: string): void {
  mkdirSync(folder, { recursive: true });
  const runtime = "runtime: { name: nodejs, options: { typescript: false } }";
  writeFileSync(join(folder, "Pulumi.yaml"), `name: ${buildsProject}\n${runtime}\n`);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ main: "index.cjs" }));
  const program = JSON.stringify(join(checkout, "bin", "build.cjs"));
  writeFileSync(join(folder, "index.cjs"), `module.exports = require(${program});\n`);
}

/** What the last build left; makes the stack where there is none. */
async function remembered(
  engine: Engine,
  folder: string,
  env: BuildRequest["env"],
): Promise<Remembered | undefined> {
  try {
    const outputs = (await engine.json("stack", "output")) as Partial<Remembered>;
    // A build that failed has left nothing.
    return outputs.hash === undefined ? undefined : (outputs as Remembered);
  } catch (error) {
    if (!(error instanceof EngineError) || !/^there is no stack/.test(error.message)) throw error;
  }
  const args = ["stack", "init", engine.stack, "--no-select", "--non-interactive"];
  const { exitCode, stderr } = await execa("pulumi", args, { cwd: folder, env, reject: false });
  if (exitCode !== 0) throw new UserError(`pulumi ${args.join(" ")}: ${stderr}`, 2);
  return undefined;
}

function digestIn(outputs: unknown): string {
  const { ref = "" } = outputs as { ref?: string };
  return ref.slice(ref.indexOf("@") + 1);
}

const map = <T>(record: Readonly<Record<string, T>>, change: (value: T) => T): [string, T][] =>
  Object.entries(record).map(([key, value]) => [key, change(value)]);

/** What git would not do, in its own words, which mostly say what to do. */
const gitSays = ({ message }: RepositoryError): Problem => ({
  file: "git",
  given: message,
  allowed: "a repository that whoever runs this may read, with the commit in it",
});
