import { formatProblems, type Problem } from "../../components/shared/problem";
import { openFreeze, type OpenFreeze } from "./freeze";
import { follows } from "./patterns";
import { samePerson } from "./people";
import type { Rejected } from "./rejected";
import type { FreezeWindow, Promotion } from "./config";
import { place, suggestion, type Document } from "../../components/shared/config/document";
import { isAbout, type NextVersion, type ReleaseRecord } from "../records/record";

/**
 * What keeps a version out of a stack, whoever asks for it and however: these guards are part of the settings, so plain
 * `pulumi up` has them. A version that runs already is told of and left alone, for a stack that refuses every update because
 * of what it runs could not be fixed either; whether it does run, the engine's state says.
 */

/** What the guards look at. */
export interface GateArgs {
  stack: string;
  /** The stack's file, for where a problem is. */
  document: Document;
  releases: Readonly<Record<string, ReleaseRecord>>;
  promotion?: Promotion | undefined;
  branches?: readonly string[] | undefined;
  freeze?: readonly FreezeWindow[] | undefined;
  /** What is rejected, in this stack and in all others. */
  rejected: readonly Rejected[];
  /** Stacks of this checkout. */
  stacks: readonly string[];
  /** The one project that the update is limited to. */
  only?: string | undefined;
  /** The versions are asked for, and nothing of them is written down or runs: who asks can ask for another. */
  target?: boolean;
  now: Date;
}

/** Something that a guard objects to. */
export interface Violation {
  problem: Problem;
  /** Holds only as long as this version does not run already. */
  unlessRuns?: {
    project: string;
    digest: string;
    /** Another one is on its way to take over, so that nothing need be said of it. */
    leaves?: boolean;
  };
  /** A preview only warns of it. */
  onlyUpdate?: true;
}

/** Whether a version of a project runs in the stack, as the last update left it. */
export type Running = (project: string, digest: string) => boolean;

/** What comes of violations. */
export interface Verdict {
  problems: Problem[];
  /** What is reported as a warning, a text each. */
  warnings: string[];
}

/** Decides which violations refuse an update, and which are reported as warnings. */
export function evaluateGates(
  found: readonly Violation[],
  { preview, running }: { preview: boolean; running?: Running | undefined },
): Verdict {
  const verdict: Verdict = { problems: [], warnings: [] };
  for (const { problem, unlessRuns, onlyUpdate = false } of found) {
    const runs = unlessRuns !== undefined && running?.(unlessRuns.project, unlessRuns.digest);
    if (runs === true && (onlyUpdate || unlessRuns.leaves === true)) continue;
    if (runs === true || (preview && onlyUpdate)) {
      const title =
        runs === true
          ? `${unlessRuns.project} runs a version that would not be let in now; it is left as it is`
          : "An update is refused";
      verdict.warnings.push(formatProblems(title, [problem]));
      continue;
    }
    verdict.problems.push(problem);
  }
  return verdict;
}

/** A version that a stack is to run: the one that serves, or the one on its way. */
type Asked = { project: string; path: readonly string[] } & (
  { part: "live"; version: ReleaseRecord } | { part: "next"; version: NextVersion }
);

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

function askedFor(releases: GateArgs["releases"]): Asked[] {
  return Object.entries(releases).flatMap(([project, record]): Asked[] => {
    if (record.removed === true) return [];
    const path = ["releases", project];
    const { next } = record;
    return [
      { project, path, part: "live", version: record },
      ...(next === undefined
        ? []
        : [{ project, path: [...path, "next"], part: "next", version: next } as const]),
    ];
  });
}

/** What serves may go on; what is on its way must not arrive, however far it is. */
function unlessRuns(asked: Asked): Pick<Violation, "unlessRuns"> {
  if (asked.part === "next") return {};
  const { digest, next } = asked.version;
  return { unlessRuns: { project: asked.project, digest, leaves: next !== undefined } };
}

function rejectedViolations(args: GateArgs, asked: Asked): Violation[] {
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

/** A promotion from where nothing can come. */
function stackViolations({ document, stack, stacks }: GateArgs, { from }: Promotion): Violation[] {
  const others = stacks.filter((other) => other !== stack);
  if (others.includes(from)) return [];
  const problem = place(document, ["promotion", "from"], {
    given: from,
    allowed: `another stack of this checkout: ${others.join(", ")}`,
    fix: suggestion(from, others),
  });
  return [{ problem }];
}

function promotionViolations(
  { document, stack }: GateArgs,
  { from, verified, tag: pattern, approval }: Promotion,
  asked: Asked,
): Violation[] {
  const { project, path, version } = asked;
  const { tag, commit, author, promoted, approved } = version;
  const promote = `slipway promote ${project} --from ${from} --to ${stack}`;
  const problems: Problem[] = [];
  const report = (key: string, problem: Omit<Problem, "file" | "path">) =>
    problems.push(place(document, [...path, key], problem));
  if (promoted?.from !== from) {
    report("promoted", {
      ...(promoted === undefined ? {} : { given: promoted.from }),
      allowed: `a version that was promoted from ${from}, as slipway:promotion asks`,
      fix: promote,
    });
  } else if (verified && promoted.verified === undefined) {
    report("promoted", {
      allowed: `a version that was verified in ${from}`,
      fix: `slipway verify ${project} --stack ${from}, then: ${promote}`,
    });
  }
  if (commit === undefined) {
    report("commit", { allowed: "the commit of the project that it was built from", fix: promote });
  }
  if (tag === undefined || !follows(tag, pattern)) {
    report("tag", {
      ...(tag === undefined ? {} : { given: tag }),
      allowed: `a release tag, ${pattern}, that is on its commit`,
      fix: `tag the commit in git, then: ${promote}`,
    });
  }
  if (approval) {
    const problem = approvalProblem(author, approved?.by, promote);
    if (problem !== undefined)
      report(problem.key, { ...problem.rest, fix: problem.fix ?? promote });
  }
  return problems.map((problem) => ({ problem, ...unlessRuns(asked) }));
}

/** What is wrong with who approved whose version. */
export function approvalProblem(
  author: string | undefined,
  approver: string | undefined,
  promote = "slipway promote …",
): { key: string; rest: Pick<Problem, "given" | "allowed">; fix?: string } | undefined {
  if (author === undefined) {
    const allowed = "the author of its commit, so that nobody approves what he wrote himself";
    return { key: "author", rest: { allowed } };
  }
  if (approver === undefined) {
    const allowed = `somebody who approved it, other than its author, ${author}`;
    return { key: "approved", rest: { allowed }, fix: `let somebody else run: ${promote}` };
  }
  if (!samePerson(author, approver)) return undefined;
  const allowed = `somebody other than its author, ${author}`;
  return {
    key: "approved.by",
    rest: { given: approver, allowed },
    fix: "let somebody else approve it",
  };
}

/** The branch that a version was built from: as its record says, or as its tag does, `<branch>.<commit>`. */
export const branchOf = ({ branch, tag = "" }: { branch?: string; tag?: string }) =>
  branch ?? /^(.+)\.[0-9a-f]{7,40}$/.exec(tag)?.[1];

/**
 * A version that was promoted has been let in by the stack before; one that names neither branch nor commit comes from outside. Of
 * one that was built here from a commit somebody has to say what for.
 */
function branchViolations(
  { document, stack }: GateArgs,
  branches: readonly string[],
  asked: Asked,
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

/**
 * While nothing is to be released, an update must have a reason: a version that was let through by an override, or one that
 * was on its way before. Each comes for itself: nothing of other projects comes along, neither version nor setting.
 */
function freezeViolations(args: GateArgs, all: readonly Asked[]): Violation[] {
  const { document, freeze, now, only } = args;
  const open = openFreeze(freeze, now);
  if (open === undefined) return [];
  const through = ({ version: { override } }: Asked) =>
    override !== undefined && new Date(override.at) >= open.since && new Date(override.at) <= now;
  const asked = all.filter(({ project }) => only === undefined || project === only);
  const target = asked.filter((each) => each.part === "next" || through(each));
  const others = asked.filter(({ project }) => target.every((each) => each.project !== project));
  if (target.length > 0 && others.length === 0)
    return asked.filter((each) => !through(each)).map((each) => frozen(args, open, each));
  const [first] = target;
  const fix =
    first === undefined
      ? `wait; or, for one version that cannot: slipway release PROJECT … --override --why … --stack ${args.stack}`
      : `wait; what comes all the same comes alone: slipway release ${first.project} --digest ${first.version.digest} --stack ${args.stack}`;
  return [
    {
      onlyUpdate: true,
      problem: place(document, ["freeze", open.index], {
        given: now.toISOString(),
        allowed: `no update from ${open.text}`,
        fix,
      }),
    },
  ];
}

function frozen(
  { document, stack }: GateArgs,
  open: OpenFreeze,
  { project, path, version }: Asked,
): Violation {
  const { digest } = version;
  const problem = place(document, [...path, "digest"], {
    given: digest,
    allowed: `no new version from ${open.text}; only the one with an override is let through`,
    fix: `put back what runs, or: slipway release ${project} --digest ${digest} --override --why … --stack ${stack}`,
  });
  return { problem, unlessRuns: { project, digest }, onlyUpdate: true };
}
