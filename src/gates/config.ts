import { z } from "zod";
import {
  flag,
  listOf,
  mapping,
  momentOr,
  text,
  reason,
} from "../../components/shared/config/fields";
import { patternShape } from "./patterns";
import { explanations } from "../../components/shared/config/explained";

const pattern = (what: string) =>
  text(
    patternShape,
    `${what}: * is any text, X, Y, Z and N are numbers, what is in [brackets] may be missing`,
  );

/** Requirements that a version must meet to enter a stack. */
export const Promotion = mapping({
  from: text(/^[A-Za-z0-9._-]+$/, "the stack that versions come from"),
  verified: flag("whether it must be verified there").default(true),
  tag: pattern("what its tag must look like, such as vX.Y.Z[-hotfixN]").default("vX.Y.Z[-hotfixN]"),
  approval: flag("whether somebody other than the author must approve").default(true),
});
export type Promotion = z.output<typeof Promotion>;

/** Branches whose builds a stack accepts; for a promoted version the previous stack has checked this. */
export const Branches = listOf(
  pattern("a branch, such as develop or release-*"),
  "a list of branches",
).min(1, "at least one branch; without `branches` every one is taken");

const edge = (which: string) =>
  momentOr(
    `${which}: a moment such as 2026-12-24T12:00:00Z, or each week, such as Fri 18:00`,
    /(Mon|Tue|Wed|Thu|Fri|Sat|Sun) ([01]\d|2[0-3]):[0-5]\d/,
  );

/** A time window without releases. */
export const FreezeWindow = mapping({
  from: edge("its beginning"),
  to: edge("its end"),
  zone: text(
    /^[A-Za-z0-9_+/-]+$/,
    "the time zone of a weekly one, such as Asia/Shanghai",
  ).optional(),
  why: reason,
});
export type FreezeWindow = z.output<typeof FreezeWindow>;
export const Freeze = listOf(FreezeWindow, "a list of {from, to, zone, why}");

/** Keys of a stack that decide which versions may enter, and when. */
export const gatesConfig = {
  branches: Branches.optional().register(explanations, {
    purpose: "Branches whose builds the stack accepts",
    example: "slipway:branches: [master, release-*]",
    otherwise: "every one",
  }),
  promotion: Promotion.optional().register(explanations, {
    purpose:
      "What a version needs before it is released here: proof from the stack before, a release tag, an approver who is not its author",
    example: "slipway:promotion: { from: uat, verified: true, tag: vX.Y.Z, approval: true }",
    otherwise: "nothing is asked for",
  }),
  freeze: Freeze.optional().register(explanations, {
    purpose: "Times without releases, once or every week",
    example:
      "slipway:freeze:\n  - { from: 2026-12-24T18:00:00Z, to: 2026-12-27T06:00:00Z, why: holidays }\n  - { from: Fri 18:00, to: Mon 06:00, zone: Asia/Shanghai, why: weekend }",
    otherwise: "none",
  }),
};
