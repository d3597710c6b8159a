import * as pulumi from "@pulumi/pulumi";
import assert from "node:assert/strict";
import { mayRun } from "../../../src/gates/rejected";

describe("a version that a stack builds itself", () => {
  const digest = `sha256:${"a".repeat(64)}`;
  const rejected = [
    {
      digest,
      why: "wrong prices",
      by: "han",
      at: "2026-11-30T09:00:00Z",
      stack: "test",
      project: "Shop",
    },
  ];

  it("does not run if it is rejected in any stack, and reports by whom and the fix", () => {
    assert.throws(
      () => {
        mayRun("Shop", `r/shop@${digest}`, rejected);
      },
      (error) =>
        pulumi.RunError.isInstance(error) &&
        /^Shop is not updated: .*han rejected in test on 2026-11-30.*: wrong prices\n.*slipway lift Shop sha256:a+ --stack test/.test(
          error.message,
        ),
    );
  });

  it("runs otherwise", () => {
    mayRun("Shop", `r/shop@sha256:${"b".repeat(64)}`, rejected);
    const configured = rejected.map((one) => ({ ...one, configHash: "c".repeat(64) }));
    mayRun("Shop", `r/shop@${digest}`, configured);
  });
});
