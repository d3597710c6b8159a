import { z } from "zod";
import { slots } from "../../components/app/rollout";
import { flag, imageDigest, listOf, mapping, text, whole } from "./fields";
import { strategy } from "./strategy";

const person = text(/\S/, "who: a name or an e-mail address");
const reason = text(/\S/, "why, in a few words");
const moment = z
  .string("a moment such as 2026-11-21T17:02:34Z")
  .datetime({ error: "a moment such as 2026-11-21T17:02:34Z" })
  .describe("a moment such as 2026-11-21T17:02:34Z");

/** What is built once and then moves through the stacks unchanged. */
const version = {
  digest: imageDigest,
  tag: text(
    /^(?!latest$)[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/,
    "an image tag, other than `latest`, which says nothing of what runs",
  ).optional(),
  commit: text(/^[0-9a-f]{7,40}$/, "a commit of the project").optional(),
  author: person.optional(),
  config: text(/^[0-9a-f]{7,40}$/, "a commit of the config repository").optional(),
  configHash: text(/^[0-9a-f]{64}$/, "SHA-256 of the configuration, in hex").optional(),
};

/** A version on its way: the stack runs as its `step` says until the release is settled or taken back. */
const next = mapping({
  ...version,
  strategy,
  step: text(
    /^(pull|prove|beside|drain|upgrade|weight \d{1,2}|switch|follow)$/,
    "a step of a release: pull, prove, beside, drain, upgrade, weight N, switch or follow",
  ),
});

/** A version that must not run again, in any stack, under any tag. */
const rejection = mapping({ digest: imageDigest, why: reason, by: person, at: moment });

/** What of a project runs in a stack: a value of `slipway:releases`. */
export const ReleaseRecord = mapping({
  ...version,
  /** Which of a project's two Deployments serves. */
  slot: z.enum(slots, "one of: a, b").describe("one of: a, b").optional(),
  /** How the version took over. */
  strategy: strategy.optional(),
  /** Number of pods, in place of the project's own. */
  replicas: whole(1, 100, "a number of pods").optional(),
  verified: mapping({ by: person, at: moment, how: reason.optional() }).optional(),
  approved: mapping({ by: person, at: moment }).optional(),
  /** Released in spite of a freeze. */
  override: mapping({ by: person, at: moment, why: reason }).optional(),
  rejected: listOf(rejection, "a list of rejected versions").optional(),
  /** The project has been taken out of this stack; the record stays for its history. */
  removed: flag("whether the project has been taken out of this stack").optional(),
  next: next.optional(),
});
export type ReleaseRecord = z.output<typeof ReleaseRecord>;
export type Version = Pick<ReleaseRecord, keyof typeof version>;
export type NextVersion = z.output<typeof next>;
