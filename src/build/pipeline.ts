import { readFileSync } from "node:fs";
import { z } from "zod";
import type { Part, TagParts } from "./tags";

/**
 * What a pipeline tells of its build by environment variables: GitLab's, Jenkins' and GitHub's names. Of a merge request the
 * branch is the one that is to be merged, whatever its build is called; a fork's `main` is not ours, and is `forks/…/main`.
 */
export function pipelineParts(env: NodeJS.ProcessEnv): Pick<TagParts, Part> {
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

/** The repository that a merge request comes from, where that is another than the one it is built in. */
function forkOf(env: NodeJS.ProcessEnv): string | undefined {
  const { CHANGE_FORK, CI_MERGE_REQUEST_SOURCE_PROJECT_PATH: from } = env;
  const to = env["CI_MERGE_REQUEST_PROJECT_PATH"] ?? env["CI_PROJECT_PATH"];
  if (CHANGE_FORK !== undefined && CHANGE_FORK !== "") return CHANGE_FORK;
  if (from !== undefined && from !== "") return from === to ? undefined : from;
  const source = sourceOf(env["GITHUB_EVENT_PATH"]);
  return source === env["GITHUB_REPOSITORY"] ? undefined : source;
}

/** A fork that has been deleted since, or an event that nobody can read, is not ours. */
const unknown = "unknown";

const PullRequest = z.object({
  pull_request: z.object({ head: z.object({ repo: z.object({ full_name: z.string() }) }) }),
});

/** What the event says that GitHub's and Gitea's runners leave in a file. */
function sourceOf(event: string | undefined): string | undefined {
  if (event === undefined) return undefined;
  try {
    const { data } = PullRequest.safeParse(JSON.parse(readFileSync(event, "utf8")));
    return data?.pull_request.head.repo.full_name ?? unknown;
  } catch {
    return unknown;
  }
}
