import { z } from "zod";
import { slots } from "../../components/app/rollout";
import {
  flag,
  imageDigest,
  listOf,
  mapping,
  moment,
  text,
  whole,
  person,
  reason,
} from "../../components/shared/config/fields";
import { strategy } from "../projects/strategy";
import { isVersionSettings } from "./version-settings";

const settingsRule = "settings of a version, as a release has written them: one line of JSON";
const settings = z
  .string(settingsRule)
  .refine(isVersionSettings, settingsRule)
  .describe(settingsRule)
  .optional();

const configHash = text(/^[0-9a-f]{64}$/, "SHA-256 of the configuration, in hex").optional();

/** What is built once and then moves through the stacks unchanged. */
const version = {
  digest: imageDigest,
  tag: text(
    /^(?!latest$)[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/,
    "an image tag, other than `latest`, which says nothing of what runs",
  ).optional(),
  commit: text(/^[0-9a-f]{7,40}$/, "a commit of the project").optional(),
  author: person.optional(),
  /** The branch it was built from; a stack may restrict branches. */
  branch: text(/^[^\s~^:?*[\\]+$/, "a branch of the project's repository").optional(),
  config: text(/^[0-9a-f]{7,40}$/, "a commit of the config repository").optional(),
  configHash,
  /** Those of its project's settings it runs with; later updates may have changed them for a version that serves. */
  settings,
  /** It keeps these settings, whatever its project's file says, because of a rollback. The next release ends that. */
  pinned: flag("whether its settings stay, whatever its project's file says").optional(),
};

const proof = mapping({
  by: person,
  at: moment,
  how: text(/\S/, "how it was verified, in a few words").optional(),
});

/** What allows a version into a stack that does not accept any. It belongs to the version: settled or taken back with it. */
const warrant = {
  /** The stack that it came from, and its verification there. */
  promoted: mapping({
    from: text(/\S/, "a stack"),
    by: person,
    at: moment,
    verified: proof.optional(),
  }).optional(),
  approved: mapping({ by: person, at: moment }).optional(),
  /** When a command wrote it, and for whom: a record with an older time comes from an outdated checkout. */
  released: mapping({ by: person, at: moment }).optional(),
  /** Released in spite of a freeze. */
  override: mapping({ by: person, at: moment, why: reason }).optional(),
};

/** A version being rolled out: the stack runs as its `step` says until the release is settled or taken back. */
const next = mapping({
  ...version,
  ...warrant,
  strategy,
  step: text(
    /^(pull|prove|beside|drain|upgrade|weight \d{1,2}|switch|follow)$/,
    "a step of a release: pull, prove, beside, drain, upgrade, weight N, switch or follow",
  ),
  /** The step is complete and waits for a person's approval: running the same command again gives it. */
  waiting: flag("whether the step is complete and waits for a person").optional(),
});

/** A version that must not run again, in any stack, under any tag: its image, or its image with one configuration. */
export const Rejection = mapping({
  digest: imageDigest,
  configHash,
  why: reason,
  by: person,
  at: moment,
});

/** Whether a verdict is about a version. */
export const isAbout = (
  verdict: Pick<Rejection, "digest" | "configHash">,
  { digest, configHash }: { digest: string; configHash?: string | undefined },
): boolean =>
  verdict.digest === digest &&
  (verdict.configHash === undefined || verdict.configHash === configHash);

/** What a stack runs of a project: a value of `slipway:releases`. */
export const ReleaseRecord = mapping({
  ...version,
  ...warrant,
  /** Which of a project's two Deployments serves. */
  slot: z.enum(slots, "one of: a, b").describe("one of: a, b").optional(),
  /** How the version took over. */
  strategy: strategy.optional(),
  /** Number of pods, in place of the project's own. */
  replicas: whole(1, 100, "a number of pods").optional(),
  /** Verification of the version at the top level in this stack. */
  verified: proof.optional(),
  rejected: listOf(Rejection, "a list of rejected versions").optional(),
  /** Versions that were rejected once and may run again: who allowed them, and why. */
  lifted: listOf(Rejection, "a list of versions that may run again").optional(),
  /** The project has been removed from this stack; the record stays for its history. */
  removed: flag("whether the project has been removed from this stack").optional(),
  next: next.optional(),
  /** What the previous version ran with at its end, if it was replaced without stages: for a rollback. */
  before: mapping({ digest: imageDigest, settings }).optional(),
});
export type ReleaseRecord = z.output<typeof ReleaseRecord>;
export type Rejection = z.output<typeof Rejection>;
export type Version = Pick<ReleaseRecord, keyof typeof version>;
export type Warrant = Pick<ReleaseRecord, keyof typeof warrant>;
export type NextVersion = z.output<typeof next>;
