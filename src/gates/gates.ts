import { place } from "../../components/shared/config/document";
import { formatProblems, type Problem } from "../../components/shared/problem";
import { isAbout } from "../records/record";
import { freezeViolations } from "./freeze-gate";
import { follows } from "./patterns";
import { promotionViolations, stackViolations } from "./promotion-gate";
import {
  askedFor,
  unlessRuns,
  type RequestedVersion,
  type GateArgs,
  type Violation,
} from "./violation";

/**
 * What keeps a version out of a stack, whoever asks for it and however: these guards are part of the settings, so plain
 * `pulumi up` has them. A version that runs already is told of and left alone, for a stack that refuses every update because
 * of what it runs could not be fixed either; whether it does run, the engine's state says.
 */

/** Whether a version of a project runs in the stack, as the last update left it. */
export type Running = (project: string, digest: string) => boolean;

/** What comes of violations. */
export interface GateVerdict {
  problems: Problem[];
  /** What is reported as a warning, a text each. */
  warnings: string[];
}

/** Decides which violations refuse an update, and which are reported as warnings. */
export function evaluateGates(
  found: readonly Violation[],
  { preview, running }: { preview: boolean; running?: Running | undefined },
): GateVerdict {
  const verdict: GateVerdict = { problems: [], warnings: [] };
  for (const { problem, unlessRuns, onlyUpdate = false } of found) {
    const runs = unlessRuns !== undefined && running?.(unlessRuns.project, unlessRuns.digest);
    if (runs === true && (onlyUpdate || unlessRuns.leaves === true)) continue;
    if (runs === true || (preview && onlyUpdate)) {
      const title =
        runs === true
          ? `${unlessRuns.project} runs a version that would be refused now; it stays unchanged`
          : "An update is refused";
      verdict.warnings.push(formatProblems(title, [problem]));
      continue;
    }
    verdict.problems.push(problem);
  }
  return verdict;
}

/** Everything that the guards object to; pure. */
export function violations(args: GateArgs): Violation[] {
  const asked = askedFor(args.releases);
  const { promotion, branches, only } = args;
  // An update that is limited to one project brings nothing of others about.
  const target = asked.filter(({ project }) => only === undefined || project === only);
  return [
    ...target.flatMap((version) => rejectedViolations(args, version)),
    ...(promotion === undefined ? [] : stackViolations(args, promotion)),
    ...target.flatMap((version) => [
      ...(promotion === undefined ? [] : promotionViolations(args, promotion, version)),
      ...(branches === undefined ? [] : branchViolations(args, branches, version)),
    ]),
    ...freezeViolations(args, asked),
  ];
}

function rejectedViolations(args: GateArgs, asked: RequestedVersion): Violation[] {
  const { document, stack, rejected, target = false } = args;
  const { project, path, part, version } = asked;
  const verdict = rejected.find((one) => isAbout(one, version));
  if (verdict === undefined) return [];
  const { by, at, why, digest } = verdict;
  const lift = `slipway lift ${verdict.project} ${digest} --stack ${verdict.stack} --why …`;
  const rollback = `slipway rollback ${project} --stack ${stack}`;
  const written = part === "next" ? `take it back: ${rollback}` : `go back: ${rollback}`;
  const back = target
    ? `release another one; slipway history ${project} --stack ${stack} shows which have run`
    : written;
  const problem = place(document, [...path, "digest"], {
    given: digest,
    allowed: `a version that is not rejected: ${by} rejected this one in ${verdict.stack} on ${at}: ${why}`,
    fix: `${back}; or, once it is known to be good: ${lift}`,
  });
  return [{ problem, ...unlessRuns(asked) }];
}

/** The branch that a version was built from: as its record says, or as its tag does, `<branch>.<commit>`. */
const branchOf = ({ branch, tag = "" }: { branch?: string; tag?: string }) =>
  branch ?? /^(.+)\.[0-9a-f]{7,40}$/.exec(tag)?.[1];

/**
 * A version that was promoted has been let in by the stack before; one that names neither branch nor commit comes from outside. Of
 * one that was built here from a commit somebody has to say what for.
 */
function branchViolations(
  { document, stack }: GateArgs,
  branches: readonly string[],
  asked: RequestedVersion,
): Violation[] {
  const { path, version } = asked;
  const branch = branchOf(version);
  if (version.promoted !== undefined) return [];
  if (branch === undefined && version.commit === undefined) return [];
  if (branch !== undefined && branches.some((pattern) => follows(branch, pattern))) return [];
  const allowed = `a build of one of the branches of ${stack}: ${branches.join(", ")}`;
  const key = branch !== undefined && version.branch === undefined ? "tag" : "branch";
  const problem = place(document, [...path, key], {
    ...(branch === undefined
      ? {
          given: `commit ${version.commit ?? ""}, of no branch that is checked out or said`,
          fix: "say which it is built for, by --branch, or build from a branch that is checked out",
        }
      : {
          given: branch,
          fix: "merge it there and build that, promote it from the stack before, or add the branch to slipway:branches",
        }),
    allowed,
  });
  return [{ problem, ...unlessRuns(asked) }];
}
