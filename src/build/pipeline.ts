import { readFileSync } from "node:fs";
import { z } from "zod";
import type { TagPart, TagParts } from "./tags";

/**
 * What a pipeline says about its build in environment variables of GitLab, Jenkins or GitHub. For a merge request the branch is
 * its source branch, whatever the build is called; the `main` of a fork becomes `forks/…/main`.
 */
export function pipelineParts(env: NodeJS.ProcessEnv): Pick<TagParts, TagPart> {
  const first = (...names: string[]): string | undefined =>
    names.map((name) => env[name]).find((value) => value !== undefined && value !== "");
  const ofGitHub = (type: string): string[] =>
    env["GITHUB_REF_TYPE"] === type ? ["GITHUB_REF_NAME"] : [];
  const asked = ["CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "CHANGE_BRANCH", "GITHUB_HEAD_REF"];
  const built = ["CI_COMMIT_BRANCH", "BRANCH_NAME", "GIT_BRANCH", ...ofGitHub("branch")];
  const branch = first(...asked, ...built)?.replace(/^origin\//, "");
  const fork = first(...asked) === undefined ? undefined : forkOf(env);
  const found = {
    branch: fork === undefined ? branch : `forks/${fork}/${branch ?? ""}`,
    gitTag: first("CI_COMMIT_TAG", "TAG_NAME", ...ofGitHub("tag")),
    version: first("VERSION"),
    buildId: first("BUILD_ID", "BUILD_NUMBER", "CI_PIPELINE_IID"),
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}

/** The source repository of a merge request, if it differs from the one it is built in. */
function forkOf(env: NodeJS.ProcessEnv): string | undefined {
  const { CHANGE_FORK, CI_MERGE_REQUEST_SOURCE_PROJECT_PATH: from } = env;
  const to = env["CI_MERGE_REQUEST_PROJECT_PATH"] ?? env["CI_PROJECT_PATH"];
  if (CHANGE_FORK !== undefined && CHANGE_FORK !== "") return CHANGE_FORK;
  if (from !== undefined && from !== "") return from === to ? undefined : from;
  const source = sourceOf(env["GITHUB_EVENT_PATH"]);
  return source === env["GITHUB_REPOSITORY"] ? undefined : source;
}

/** A deleted fork or an unreadable event counts as a fork. */
const unknown = "unknown";

const PullRequest = z.object({
  pull_request: z.object({ head: z.object({ repo: z.object({ full_name: z.string() }) }) }),
});

/** The event that the runners of GitHub and Gitea leave in a file. */
function sourceOf(event: string | undefined): string | undefined {
  if (event === undefined) return undefined;
  try {
    const { data } = PullRequest.safeParse(JSON.parse(readFileSync(event, "utf8")));
    return data?.pull_request.head.repo.full_name ?? unknown;
  } catch {
    return unknown;
  }
}
