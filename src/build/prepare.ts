import { nearest } from "../../components/shared/nearest";
import type { Problem } from "../../components/shared/problem";
import { notDone } from "../stack/refusal";
import { imageNames } from "./dockerfile";
import { RepositoryError } from "./repository";
import { revisionsOf, uncommitted, type Revisions } from "./revisions";
import { mounts, readBases, readSource, type Source } from "./sources";
import { chosenTagProblem } from "./tags";
import type { BuildRequest } from "./request";

/** All that a build is made of. */
export interface Prepared {
  source: Source;
  configHash: string;
  revisions: Revisions;
  bases: Record<string, Source>;
}

/** Reads and checks all that a build is made of; throws with every problem, before anything is changed. */
export function prepare(request: BuildRequest): Prepared {
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

/** Unknown templates in a Dockerfile: the builder would ask another registry for them. */
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

/** A failure of git, in git's words, which mostly say what to do. */
const gitSays = ({ message }: RepositoryError): Problem => ({
  file: "git",
  given: message,
  allowed: "a repository that whoever runs this may read, with the commit in it",
});
