import type { Problem } from "../../components/shared/problem";
import { follows } from "./patterns";
import type { Promotion } from "./config";
import type { ReleaseRecord, Warrant } from "../records/record";
import type { CommitFacts } from "./release";
import { versionOf, type TargetVersion } from "../records/transitions";
import { finishOrTakeBack } from "../rollout/decision";

/** A requested promotion of one project. */
export interface PromoteArgs {
  project: string;
  from: string;
  to: string;
  /** The previous stack's record of the project. */
  record: ReleaseRecord | undefined;
  /** Requirements of the next stack; undefined if it asks for verification only. */
  promotion: Promotion | undefined;
  /** What git knows about the version's commit. */
  facts: CommitFacts;
  /** Who promotes, who approves, and when. */
  by: string;
  approver: string;
  at: string;
  override?: Warrant["override"];
}

/** The version to run, with everything that allows it in; or every reason for refusing it. Pure. */
export function promoted(args: PromoteArgs): { target: TargetVersion } | { problems: Problem[] } {
  const { project, from, record, promotion, facts, by, approver, at, override } = args;
  const file = `Pulumi.${from}.yaml`;
  const path = `slipway:releases.${project}`;
  if (record === undefined || record.removed === true) {
    const allowed = `a project with a record in ${from}`;
    const fix = `release it there first: slipway release ${project} --stack ${from} …`;
    return { problems: [{ file, path, given: project, allowed, fix }] };
  }
  const problems: Problem[] = [];
  if (record.next !== undefined) {
    problems.push({
      file,
      path: `${path}.next`,
      given: record.next.digest,
      allowed: `no release under way in ${from}: it is at \`${record.next.step}\``,
      fix: finishOrTakeBack({ project, stack: from }, record.next.digest),
    });
  }
  if (promotion?.verified !== false && record.verified === undefined) {
    problems.push({
      file,
      path: `${path}.verified`,
      allowed: `a version that was verified in ${from}`,
      fix: `slipway verify ${project} --stack ${from}`,
    });
  }
  const version = versionOf(record);
  const { tag, problem } = releaseTag(args, version);
  if (problem !== undefined) problems.push(problem);
  if (problems.length > 0) return { problems };
  const { verified } = record;
  const author = version.author ?? facts.author;
  return {
    target: {
      ...version,
      ...(tag === undefined ? {} : { tag }),
      ...(author === undefined ? {} : { author }),
      promoted: { from, by, at, ...(verified === undefined ? {} : { verified }) },
      ...(promotion?.approval === true ? { approved: { by: approver, at } } : {}),
      ...(override === undefined ? {} : { override }),
    },
  };
}

/** The git tag of the commit that meets the next stack's requirement. */
function releaseTag(
  { project, from, to, promotion, facts: { known, tags } }: PromoteArgs,
  { tag: own, commit }: TargetVersion,
): { tag?: string | undefined; problem?: Problem } {
  if (promotion === undefined) return { tag: own };
  const fits = (name: string): boolean => follows(name, promotion.tag);
  const found = tags.find((name) => name === own && fits(name)) ?? tags.find(fits);
  if (found !== undefined) return { tag: found };
  // Without the project's repository, only the image's own tag is known: `v1.0.0` is the git tag.
  if (!known && own !== undefined && fits(own)) return { tag: own };
  const file = `Pulumi.${from}.yaml`;
  const path = `slipway:releases.${project}`;
  if (commit === undefined) {
    const problem = {
      file,
      path: `${path}.commit`,
      allowed: `a version whose commit has a git tag ${promotion.tag}, as ${to} asks`,
      fix: `it was built from uncommitted code, or released by its digest alone, so no commit is known: commit, tag the commit, slipway release ${project} --commit TAG --stack ${from}, slipway verify ${project} --stack ${from}, then promote again`,
    };
    return { problem };
  }
  const problem = {
    file,
    path: `${path}.tag`,
    ...(own === undefined ? {} : { given: own }),
    allowed: `a version with a git tag ${promotion.tag} on commit ${commit.slice(0, 12)}, as ${to} asks`,
    fix: known
      ? `git tag v1.2.3 ${commit}, then push the tag and promote again`
      : "bring the project's repository with its tags to where slipway:build.code says",
  };
  return { problem };
}
