import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Problem } from "../../components/shared/problem";
import { evaluateGates, violations } from "./gates";
import { openFreeze } from "./freeze";
import { readRejections, type Rejected } from "./rejected";
import { tryGit } from "../build/repository";
import { stacksOf } from "../stack/stacks";
import type { FreezeWindow } from "./config";
import { isAbout, type Rejection, type ReleaseRecord, type Warrant } from "../records/record";
import { readStack } from "../rollout/project";
import { withRejection, type TargetVersion } from "../records/transitions";
import { StackFile } from "../records/stack-file";
import { refused } from "../stack/refusal";

/** All digests in the records of a checkout. */
export interface Known {
  releases: Readonly<Record<string, ReleaseRecord>>;
  rejected: readonly Rejected[];
}

/** Reads a stack's records, and the rejections of all stacks. */
export function readKnown(checkout: string, file: StackFile): Known {
  const { releases } = readStack(file).config;
  const { rejected, problems } = readRejections(checkout, { stack: file.stack, releases });
  if (problems.length > 0) throw refused("Nothing was changed", problems);
  return { releases, rejected };
}

/** Evaluates the gates of a stack for versions about to be requested; the program will report the same. */
export function gateProblems(
  checkout: string,
  file: StackFile,
  { target, now }: { target: Readonly<Record<string, TargetVersion>>; now: Date },
): Problem[] {
  const { config, document } = readStack(file);
  const { rejected, problems } = readRejections(checkout, {
    stack: file.stack,
    releases: config.releases,
  });
  const { promotion, branches, freeze } = config;
  const found = violations({
    stack: file.stack,
    stacks: stacksOf(checkout),
    document,
    rejected,
    now,
    promotion,
    branches,
    freeze,
    releases: target,
    target: true,
  });
  return [...problems, ...evaluateGates(found, { preview: false, running: () => false }).problems];
}

/**
 * A freeze that blocks a change of a record other than a release. The program will report it too, but with a fix that fits this
 * command: an override allows versions, and here no version comes.
 */
export function freezeOfChange(
  file: StackFile,
  [only, record]: [project: string, record: ReleaseRecord],
  { now, again }: { now: Date; again: string },
): Problem[] {
  const { config, document } = readStack(file);
  const found = violations({
    stack: file.stack,
    stacks: [],
    document,
    rejected: [],
    now,
    freeze: config.freeze,
    only,
    releases: { ...config.releases, [only]: record },
  });
  const { problems } = evaluateGates(found, { preview: false, running: () => true });
  const fix = `wait until it has ended; if that cannot wait: take the window out of slipway:freeze in Pulumi.${file.stack}.yaml, ${again}, and put it back`;
  return problems.map((problem) => ({ ...problem, fix }));
}

/** The whole digest for its first digits, of those in a project's records; throws if none or several match. */
export function wholeDigest(
  given: string,
  known: readonly string[],
  { title, fix }: { title: string; fix: string },
): string {
  if (/^sha256:[0-9a-f]{64}$/.test(given)) return given;
  const start = given.replace(/^sha256:/, "");
  const fits = /^[0-9a-f]{7,64}$/.test(start)
    ? [...new Set(known)].filter((digest) => digest.startsWith(`sha256:${start}`))
    : [];
  const [digest] = fits;
  if (digest !== undefined && fits.length === 1) return digest;
  throw refused(title, [
    {
      path: "DIGEST",
      given,
      allowed:
        fits.length > 1
          ? `more of its digits: several begin with these: ${fits.join(", ")}`
          : "an image digest, or at least seven digits that one known here begins with",
      fix,
    },
  ]);
}

/** Every digest in a record. */
export const digestsOf = ({
  digest,
  next,
  rejected = [],
  lifted = [],
}: ReleaseRecord): string[] => [
  digest,
  ...(next === undefined ? [] : [next.digest]),
  ...[...rejected, ...lifted].map((verdict) => verdict.digest),
];

/** The record with a version rejected; an earlier rejection of it stays unchanged. */
export function rejecting(
  project: string,
  record: ReleaseRecord | undefined,
  { stack, rejection }: { stack: string; rejection: Rejection },
): ReleaseRecord {
  if (record === undefined) {
    throw refused("Nothing was rejected", [
      {
        path: `slipway:releases.${project}`,
        given: stack,
        allowed: "a stack that has a record of the project, to write it in",
        fix: "give --stack: a rejection holds in every stack, wherever it is written",
      },
    ]);
  }
  const already = record.rejected?.find((one) => isAbout(one, rejection));
  if (already === undefined) return withRejection(record, rejection);
  throw refused("Nothing was rejected", [
    {
      path: `slipway:releases.${project}.rejected`,
      given: rejection.digest,
      allowed: `a version that is not rejected yet: ${already.by} did on ${already.at}: ${already.why}`,
    },
  ]);
}

/** The record with a version allowed again: its rejection moves from one list to the other. */
export function lifting(record: ReleaseRecord, lift: Rejection): ReleaseRecord {
  const { rejected = [], lifted = [] } = record;
  return {
    ...record,
    rejected: rejected.filter(({ digest }) => digest !== lift.digest),
    lifted: [...lifted, lift],
  };
}

/**
 * Override for a release that is under way or being taken back, so that a freeze does not stop a stack half way; nothing without
 * a freeze.
 */
export function underWayOverride(
  freeze: readonly FreezeWindow[] | undefined,
  { now, by, has }: { now: Date; by: string; has: Warrant["override"] },
): Pick<Warrant, "override"> {
  const open = openFreeze(freeze, now);
  if (open === undefined || (has !== undefined && new Date(has.at) >= open.since)) return {};
  return wayBackOverride(freeze, { now, by, why: "it was under way when the freeze began" });
}

/** Override for a rollback to an earlier version; nothing without a freeze. */
export function wayBackOverride(
  freeze: readonly FreezeWindow[] | undefined,
  { now, by, why = "a release that failed is taken back" }: { now: Date; by: string; why?: string },
): Pick<Warrant, "override"> {
  if (openFreeze(freeze, now) === undefined) return {};
  return { override: { by, at: `${now.toISOString().slice(0, 19)}Z`, why } };
}

/** What git knows about a project's commit; empty if its repository is not here or lacks the commit. */
export interface CommitFacts {
  known: boolean;
  tags: string[];
  author?: string;
}

/** Asks the git repository that holds a project's code. */
export function commitFacts(folder: string, commit: string | undefined): CommitFacts {
  if (commit === undefined || !existsSync(folder)) return { known: false, tags: [] };
  const git = (...args: string[]): string | undefined => tryGit(folder, args);
  if (git("cat-file", "-e", `${commit}^{commit}`) === undefined) return { known: false, tags: [] };
  const tags = git("tag", "--points-at", commit, "--sort=-version:refname") ?? "";
  const author = git("log", "-1", "--format=%an <%ae>", commit);
  return {
    known: true,
    tags: tags.split("\n").filter((tag) => tag !== ""),
    ...(author === undefined ? {} : { author }),
  };
}

/** Directory of a project's code. */
export const codeFolder = (checkout: string, code: string, project: string): string =>
  join(checkout, code, project);
