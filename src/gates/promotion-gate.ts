import { place, suggestion } from "../../components/shared/config/document";
import type { Problem } from "../../components/shared/problem";
import type { Promotion } from "./config";
import { follows } from "./patterns";
import { samePerson } from "./people";
import { unlessRuns, type RequestedVersion, type GateArgs, type Violation } from "./violation";

/** A promotion from where nothing can come. */
export function stackViolations(
  { document, stack, stacks }: GateArgs,
  { from }: Promotion,
): Violation[] {
  const others = stacks.filter((other) => other !== stack);
  if (others.includes(from)) return [];
  const problem = place(document, ["promotion", "from"], {
    given: from,
    allowed: `another stack of this checkout: ${others.join(", ")}`,
    fix: suggestion(from, others),
  });
  return [{ problem }];
}

/** A version that did not come the way that the stack asks for. */
export function promotionViolations(
  { document, stack }: GateArgs,
  { from, verified, tag: pattern, approval }: Promotion,
  asked: RequestedVersion,
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
function approvalProblem(
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
