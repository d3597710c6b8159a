import { createHash } from "node:crypto";
import type { Problem } from "../../components/shared/problem";

/**
 * How images are tagged. Tags are for people: deployments always use digests. Every format comes from a documented delivery
 * pipeline and gives a valid OCI tag for any branch name. Everything here is pure.
 */

/**
 * - `time`: `YYYY-MM-DD-HH-mm`, when it was built, on this machine's clock
 * - `branch`: `<branch>.<commit, 8 digits>`; on a git tag, the git tag
 * - `commit`: `<commit>.<yyyymmdd-hhmm>`, when it was written; then `-<branch>`, 20 letters at most, unless it is the main one
 * - `build`: `<version>-<build>-<config commit>`, e.g. `v1.2.0-92-3fdd00f`
 * - `type`: `<version>-<environment>-<config commit>`
 */
export const tagFormats = ["time", "branch", "commit", "build", "type"] as const;
export type TagFormat = (typeof tagFormats)[number];

/** Input for tags. An empty text counts as missing, because a pipeline's unset variables arrive that way. */
export interface TagParts {
  /** When it was built. */
  time: Date;
  /** Commit of the project, all 40 digits; undefined if its files differ from it. */
  commit?: string;
  /** Author date of that commit, as `yyyymmdd-hhmm`. */
  authored?: string;
  branch?: string;
  /** Tag of the project's commit in git. */
  gitTag?: string;
  /** Commit of the config repository. */
  config?: string;
  /** Version as the developers call it. */
  version?: string;
  /** Build number of the pipeline. */
  buildId?: string;
  /** Environment it is built for: the name of the stack. */
  type?: string;
}

export type TagPart = Exclude<keyof TagParts, "time">;

/** What is wrong with a part, for whoever chose the format. */
export type TagProblem = Pick<Problem, "allowed" | "fix"> & {
  part: TagPart | "tag";
  given?: string;
};

const longest = 128;
/** An image's tag; the moving `latest` does not say what runs. */
const valid = /^(?!latest$)[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
/** The tag that moves from build to build. */
export const movingTag = "latest";
const mainBranches: readonly string[] = ["main", "master"];
export const isMainBranch = (branch: string | undefined): boolean =>
  branch !== undefined && mainBranches.includes(branch);

/** Where each part comes from: how to supply a missing one. */
const sources: Record<TagPart, string> = {
  commit: "commit the project's changes: files that differ from every commit have none",
  authored: "commit the project's changes: files that differ from every commit have no date",
  branch:
    "check out a branch, or give --branch; CI_COMMIT_BRANCH, BRANCH_NAME, GIT_BRANCH are read",
  gitTag: "tag the commit, or give CI_COMMIT_TAG",
  config: "keep the config repository in git, without uncommitted changes",
  version: "give --release-version, or the variable VERSION, such as v1.2.0",
  buildId: "give --build-id; BUILD_ID, BUILD_NUMBER, CI_PIPELINE_IID are read",
  type: "name the stack that it is built for",
};

/** The tag of an image, or everything that is missing for it. */
export function tagOf(
  format: TagFormat,
  given: TagParts,
): { tag: string } | { problems: TagProblem[] } {
  const { time, ...texts } = given;
  const parts = Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== ""));
  const problems: TagProblem[] = [];
  const part = (name: TagPart): string => {
    const text = (parts as Partial<Record<TagPart, string>>)[name];
    if (text !== undefined) return text;
    const allowed = `a ${words[name]}: tags of the format \`${format}\` have one, and there is none`;
    problems.push({ part: name, allowed, fix: sources[name] });
    return "";
  };
  const tag = written(format, time, parts, part);
  if (problems.length === 0) problems.push(...partProblems(format, parts));
  if (problems.length === 0 && !valid.test(tag)) problems.push({ part: "tag", ...tagProblem(tag) });
  return problems.length > 0 ? { problems } : { tag };
}

/** What is wrong with a chosen tag, or undefined. */
export const chosenTagProblem = (tag: string): Omit<TagProblem, "part"> | undefined =>
  valid.test(tag) ? undefined : tagProblem(tag);

function written(
  format: TagFormat,
  time: Date,
  parts: Omit<TagParts, "time">,
  part: (name: TagPart) => string,
): string {
  switch (format) {
    case "time":
      return minute(time);
    case "branch": {
      if (parts.gitTag !== undefined) return parts.gitTag;
      const [branch, commit] = [part("branch"), part("commit").slice(0, 8)];
      return `${folded(branch, "-", longest - commit.length - 1)}.${commit}`;
    }
    case "commit": {
      const revision = `${part("commit").slice(0, 7)}.${part("authored")}`;
      const { branch } = parts;
      // A commit without a known branch is identified by its digits.
      if (branch === undefined || isMainBranch(branch)) return revision;
      return `${revision}-${folded(branch, "_", 20)}`;
    }
    case "build":
      return [part("version"), part("buildId"), part("config").slice(0, 7)].join("-");
    case "type":
      return [part("version"), part("type"), part("config").slice(0, 7)].join("-");
  }
}

/** Parts used literally must be valid in a tag: two that were folded into one would give the same tag. */
function partProblems(format: TagFormat, parts: Omit<TagParts, "time">): TagProblem[] {
  const literal: Record<TagFormat, readonly TagPart[]> = {
    time: [],
    branch: ["gitTag"],
    commit: [],
    build: ["version", "buildId"],
    type: ["version", "type"],
  };
  return literal[format].flatMap((part) => {
    const given = parts[part];
    if (given === undefined || /^[A-Za-z0-9._-]+$/.test(given)) return [];
    const allowed = `a ${words[part]} of letters, digits, dots, dashes and underscores, since the image is tagged with it`;
    return [{ part, given, allowed }];
  });
}

function tagProblem(given: string): Omit<TagProblem, "part"> {
  return given === movingTag
    ? {
        given,
        allowed: "a tag that does not move; `latest` does not say what runs",
        fix: "name the digest, or the tag of one build",
      }
    : {
        given,
        allowed: `an image tag: letters, digits, dots, dashes and underscores, at most ${longest}, neither dot nor dash first`,
      };
}

const words: Record<TagPart, string> = {
  commit: "commit of the project",
  authored: "commit of the project with its date",
  branch: "branch",
  gitTag: "git tag",
  config: "commit of the config repository",
  version: "version",
  buildId: "build number",
  type: "type",
};

/** A branch's name in characters that a tag allows; if nothing is left, a hash, so that two branches stay distinct. */
function folded(branch: string, separator: string, length: number): string {
  const name = branch
    .replace(/[^A-Za-z0-9._-]+/g, separator)
    .replace(/^[.-]+/, "")
    .slice(0, length);
  if (/[A-Za-z0-9]/.test(name)) return name;
  return `b${createHash("sha256").update(branch).digest("hex").slice(0, 8)}`;
}

/** `2022-08-02-16-59`, in this machine's time zone: people remember a build by that time. */
function minute(time: Date): string {
  const two = (value: number): string => String(value).padStart(2, "0");
  const [year, month] = [String(time.getFullYear()).padStart(4, "0"), two(time.getMonth() + 1)];
  return [year, month, two(time.getDate()), two(time.getHours()), two(time.getMinutes())].join("-");
}
