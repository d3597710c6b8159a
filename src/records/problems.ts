import { specProblems } from "../../components/app/spec";
import type { Problem } from "../../components/shared/problem";
import { place, suggestion, type Document } from "../../components/shared/config/document";
import type { ReleaseRecord, Version } from "./record";
import type { Resolved } from "../projects/resolve";
import { stepsOf, strategyWord } from "../projects/strategy";

type RecordProblem = Omit<Problem, "file" | "path"> & { path: readonly (string | number)[] };

/** Records of projects that this checkout does not have; those of projects removed from the stack may stay. */
export function unknownProjectProblems(
  document: Document,
  releases: Readonly<Record<string, ReleaseRecord>>,
  { stack, names }: { stack: string; names: readonly string[] },
): Problem[] {
  return Object.entries(releases)
    .filter(([project, { removed }]) => !names.includes(project) && removed !== true)
    .map(([project]) =>
      place(document, ["releases", project], {
        given: project,
        allowed: `a project of this checkout: ${names.join(", ")}`,
        fix: suggestion(project, names) ?? restore(stack, project),
      }),
    );
}

/** How to keep or remove a project whose record exists and whose file does not. */
export const restore = (stack: string, project: string): string =>
  `add projects/${project}.yaml; to take it out of the stack: restore the file, then slipway remove ${project} --stack ${stack}`;

/** What is wrong with a stack's records, by themselves and compared with the settings of their projects. */
export function recordProblems(
  document: Document,
  releases: Readonly<Record<string, ReleaseRecord>>,
  projects: readonly Resolved[],
): Problem[] {
  const byName = new Map(projects.map((project) => [project.spec.project, project]));
  return Object.entries(releases).flatMap(([name, record]) => {
    const project = byName.get(name);
    const problems = [
      ...nextProblems(record),
      ...(project === undefined ? [] : projectProblems(record, project)),
    ];
    return problems.map(({ path, ...problem }) =>
      place(document, ["releases", name, ...path], problem),
    );
  });
}

function nextProblems({ digest, next, removed }: ReleaseRecord): RecordProblem[] {
  if (next === undefined) return [];
  if (removed === true) {
    return [
      {
        path: ["next"],
        allowed: "nothing while `removed` is true: a project that is not here has no release",
        fix: "remove one of the two",
      },
    ];
  }
  const problems: RecordProblem[] = [];
  if (next.digest === digest) {
    problems.push({
      path: ["next", "digest"],
      given: digest,
      allowed: "another version than the one that serves",
      fix: "remove `next`",
    });
  }
  const steps = stepsOf(next.strategy);
  if (!steps.includes(next.step)) {
    problems.push({
      path: ["next", "step"],
      given: next.step,
      allowed: `a step of ${strategyWord(next.strategy)}: ${steps.join(", ")}`,
      fix: suggestion(next.step, steps),
    });
  }
  return problems;
}

function projectProblems(record: ReleaseRecord, { spec }: Resolved): RecordProblem[] {
  const { next } = record;
  const problems: RecordProblem[] = [];
  if (next !== undefined) {
    const under = specProblems({ ...spec, strategy: next.strategy });
    problems.push(
      ...under
        .filter(({ path = "" }) => path.split(".")[0] === "strategy")
        .map(({ path = "", ...problem }) => ({ path: ["next", ...path.split(".")], ...problem })),
    );
  }
  const wanted = spec.check?.kind === "http" ? spec.check.version : undefined;
  if (wanted === undefined || record.removed === true) return problems;
  const lacking = (version: Version, path: string[]): RecordProblem[] =>
    version[wanted] === undefined
      ? [
          {
            path: [...path, wanted],
            allowed: `the version's ${wanted}, which \`check.version\` of the project looks for`,
            fix: "it is missing: add it, or remove `check.version`",
          },
        ]
      : [];
  problems.push(...lacking(record, []));
  if (next !== undefined) problems.push(...lacking(next, ["next"]));
  return problems;
}
