import { z } from "zod";
import type { ReleaseCheck } from "../../components/app/check";
import { imageByDigest, listOf, mapping, oneOf, text, whole } from "./fields";

const timeout = whole(1, 3600, "seconds until the check has failed").optional();

const http = mapping({
  path: text(/^\/\S*$/, "a path that begins with /"),
  status: whole(100, 599, "the status of the answer").optional(),
  body: text(/^[^\r\n]*\S[^\r\n]*$/, "one line that the answer's body must contain").optional(),
  version: oneOf(["tag", "commit"]).optional(),
  timeout,
});

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

/** What a new version must show before traffic reaches it; `none` takes back what the stack asks of all projects. */
export const releaseCheck = z.union(
  [
    z.literal("none").transform(() => ({ kind: "none" }) as const),
    http.transform(({ status = 200, timeout = 30, ...rest }): ReleaseCheck => ({
      ...{ kind: "http", status, timeout },
      ...rest,
    })),
    job.transform(({ job, timeout = 300 }): ReleaseCheck => ({
      ...{ kind: "job", timeout },
      ...job,
    })),
  ],
  "none; or {path, status, body, version, timeout}, a question over HTTP; or {job: {image, command}, timeout}",
);
