import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { stagesOf, type Stage, type Strategy } from "../../components/app/rollout";
import { listOf, mapping, oneOf, text, whole } from "../../components/shared/config/fields";

const canaryStep = mapping({
  weight: whole(0, 99, "percent of the requests"),
  pause: z
    .union(
      [z.literal("approval"), whole(0, 86400, "seconds")],
      "seconds until the next step, or approval",
    )
    .optional(),
});

const header = mapping({
  name: text(/^[A-Za-z0-9-]+$/, "a header's name"),
  value: text(
    // It becomes part of the controller's rule, so it must not contain characters that end it.
    /^[A-Za-z0-9._~+/=:,;@%-]+( [A-Za-z0-9._~+/=:,;@%-]+)*$/,
    "the header's value: letters, digits, . _ ~ + / = : , ; @ % - and single blanks inside; `always` when left out",
  ).optional(),
});

const words = oneOf(["rolling", "recreate", "blueGreen", "halves", "canary"]);
type Word = z.output<typeof words>;

/** Default steps of a canary. */
const defaultSteps = [{ weight: 10 }, { weight: 50 }];

const canary = mapping({
  kind: z.literal("canary", "canary, the one strategy with settings of its own"),
  steps: listOf(canaryStep, "a list of {weight, pause}").min(1, "at least one step").optional(),
  header: header.optional(),
  cookie: text(/^[A-Za-z0-9_-]+$/, "a cookie's name").optional(),
}).transform(({ steps = defaultSteps, ...rest }): Strategy => ({ ...rest, steps }));

const written: Record<Word, Strategy> = {
  rolling: { kind: "rolling" },
  recreate: { kind: "recreate" },
  blueGreen: { kind: "blueGreen", form: "switch" },
  halves: { kind: "blueGreen", form: "halves" },
  canary: { kind: "canary", steps: defaultSteps },
};

/** A strategy: a word, or a canary with its steps. */
export const strategy = z.union(
  [words.transform((word): Strategy => written[word]), canary],
  "one of: rolling, recreate, blueGreen, halves, canary; or {kind: canary, steps: [{weight, pause}], header, cookie}",
);

/** A strategy as written in a project's file or a record: a word, or a canary's mapping. */
export function writeStrategy(value: Strategy): z.input<typeof strategy> {
  for (const word of words.options) {
    if (isDeepStrictEqual(written[word], value)) return word;
  }
  if (value.kind !== "canary") throw new Error(`no word for the strategy ${value.kind}`);
  const { steps, ...rest } = value;
  return isDeepStrictEqual(steps, defaultSteps) ? rest : { ...rest, steps: [...steps] };
}

/** The word for a strategy. */
export const strategyWord = (value: Strategy): Word =>
  value.kind === "blueGreen" && value.form === "halves" ? "halves" : value.kind;

/** The value of a record's `step` for a stage. */
export const stepOf = (stage: Stage): string =>
  stage.name === "weight" ? `weight ${stage.weight}` : stage.name;

/** All stages that a record may name during a release with that strategy, in order. */
const allStages = (value: Strategy): Stage[] =>
  // A check, a pre-pull or another present strategy may have been removed from the settings meanwhile.
  stagesOf({ strategy: value, current: written.halves, checked: true, prepull: true });

/** All values of a record's `step` with that strategy. */
export const stepsOf = (value: Strategy): string[] => allStages(value).map(stepOf);

/** The stage of a record's `step`; undefined when the strategy has none of that name. */
export const stageAt = (value: Strategy, step: string): Stage | undefined =>
  allStages(value).find((stage) => stepOf(stage) === step);
