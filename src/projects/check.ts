import { z } from "zod";
import {
  imageByDigest,
  listOf,
  mapping,
  oneOf,
  text,
  whole,
} from "../../components/shared/config/fields";
import type { ReleaseCheck } from "../../components/app/release-check";

const timeout = whole(1, 3600, "seconds until the check has failed").optional();

const bound = (what: string) => z.number(what).describe(what).optional();

const query = listOf(
  mapping({
    expr: text(/^(?=[^]{1,4000}$)\s*\S/, "PromQL of at most 4000 characters"),
    describe: text(/^[^\r\n]*\S[^\r\n]*$/, "one line that says what the number is").optional(),
    min: bound("the least value that passes, a number"),
    max: bound("the greatest value that passes, a number"),
    noData: oneOf(["fail", "pass"]).optional(),
  }).transform(({ noData = "fail", ...rest }) => ({ ...rest, noData })),
  "a list of {expr, min, max, noData, describe}",
).min(1, "at least one query");

const asked = mapping({
  path: text(/^\/\S*$/, "a path that begins with /").optional(),
  status: whole(100, 599, "the status of the answer").optional(),
  body: text(/^[^\r\n]*\S[^\r\n]*$/, "one line that the answer's body must contain").optional(),
  version: oneOf(["tag", "commit"]).optional(),
  query: query.optional(),
  for: whole(1, 3600, "seconds that the answers must have been right without a break").optional(),
  timeout,
}).refine(
  ({ path, status, body, version, query }) =>
    path !== undefined || (query !== undefined && (status ?? body ?? version) === undefined),
  {
    path: ["path"],
    message: "a path that begins with /, which is asked; only a `query` stands alone",
  },
);

const job = mapping({
  job: mapping({
    image: imageByDigest("the image of the test").optional(),
    command: listOf(text(/[^]/, "a word of the command"), "a list of words").min(
      1,
      "at least the program",
    ),
  }),
  timeout,
});

/** Seconds; with queries enough for two scrapes at Prometheus's default interval. */
const defaultTimeouts = { probe: 30, query: 150, job: 300 };

/** A check as written in a file. */
export function writeCheck(check: z.output<typeof releaseCheck>): unknown {
  if (check.kind === "none") return "none";
  const { kind, ...said } = check;
  if (kind !== "job") return said;
  const { timeout, ...job } = said as Extract<typeof check, { kind: "job" }>;
  return { job, timeout };
}

/** Check that a new version must pass before traffic reaches it; `none` removes the stack's default. */
export const releaseCheck = z.union(
  [
    z.literal("none").transform(() => ({ kind: "none" }) as const),
    asked.transform(({ path, status = 200, timeout, ...rest }): ReleaseCheck => {
      const { query } = rest;
      const known = {
        timeout: timeout ?? (query === undefined ? defaultTimeouts.probe : defaultTimeouts.query),
      };
      if (path !== undefined) return { kind: "http", path, status, ...known, ...rest };
      return { kind: "query", ...known, ...rest, query: query ?? [] };
    }),
    job.transform(({ job, timeout = defaultTimeouts.job }): ReleaseCheck => ({
      kind: "job",
      timeout,
      ...job,
    })),
  ],
  "none; or {path, status, body, version}, a question over HTTP, and {query: [{expr, min, max}]}, questions to Prometheus, each alone or both, with {for, timeout}; or {job: {image, command}, timeout}",
);
