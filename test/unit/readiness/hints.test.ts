import assert from "node:assert/strict";
import { hintsFor } from "../../../src/readiness/hints";

describe("what a report's words mean", () => {
  const probe = "event Unhealthy: Readiness probe failed:";
  for (const [words, about] of [
    [`${probe} dial tcp 10.244.0.9:8080: connect: connection refused`, /127\.0\.0\.1/],
    [`${probe} HTTP probe failed with statuscode: 404`, undefined],
    [
      `event Unhealthy: Startup probe failed: HTTP probe failed with statuscode: 400`,
      /probes\.host/,
    ],
    [`${probe} Get "http://10.0.0.1/": context deadline exceeded`, /probes\.timeoutSeconds/],
    ["  | Error: EROFS: read-only file system, open '/app/cache'", /writable/],
    [
      "pod p, container main: CrashLoopBackOff: …, last exit code 137 (OOMKilled)",
      /limits\.memory/,
    ],
    ["event Evicted: Container web exceeded its local ephemeral storage limit", /limits\.storage/],
    ['event Pulling: Pulling image "r/web@sha256:1"', /probes\.pullSeconds/],
    ["pod p: Unschedulable: pod has unbound immediate PersistentVolumeClaims", /slipway:storage/],
    ["  | exec /usr/bin/node: exec format error", /processor/],
    ["  | open /etc/app/key.pem: permission denied", /runAsUser/],
  ] as const) {
    it(words.trim().slice(0, 70), () => {
      const hints = hintsFor(["another line", words, words]);
      if (about === undefined) assert.match(hints.join(), /probes\.check/);
      else assert.match(hints.join(), about);
      assert.equal(hints.length, 1);
    });
  }

  for (const [ended, hints] of [
    ["CrashLoopBackOff: back-off, last exit code 1, 3 restarts", 0],
    ["terminated, last exit code 139", 0],
    ["running but not ready, last exit code 143, 2 restarts", 1],
    ["running but not ready", 1],
  ] as const) {
    it(`${hints === 0 ? "nothing" : "something"} of a port that nobody listens on, when it is ${ended}`, () => {
      const refused = `${probe} dial tcp 10.244.0.9:8080: connect: connection refused`;
      assert.equal(hintsFor([`pod p, container main: ${ended}`, refused]).length, hints);
    });
  }

  it("nothing that is not known", () => {
    assert.deepEqual(hintsFor(["pod p: Unschedulable: 0/1 nodes", "  | no depot"]), []);
  });
});
