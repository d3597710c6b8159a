import { z } from "zod";
import type { Strategy } from "../../components/app/rollout";
import { listOf, mapping, oneOf, text, whole } from "./fields";

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
  value: text(/\S/, "the header's value; `always` when left out").optional(),
});

const words = oneOf(["rolling", "recreate", "blueGreen", "halves", "canary"]);
type Word = z.output<typeof words>;

/** Weights of a canary that names none. */
const defaultSteps = [{ weight: 10 }, { weight: 50 }];

const canary = mapping({
  kind: z.literal("canary"),
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

/** How a new version takes over: a word, or a canary with its steps. */
export const strategy = z.union(
  [words.transform((word): Strategy => written[word]), canary],
  "one of: rolling, recreate, blueGreen, halves, canary; or {kind: canary, steps: [{weight, pause}], header, cookie}",
);
