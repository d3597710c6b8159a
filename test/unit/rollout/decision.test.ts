import * as assert from "node:assert/strict";
import type { UserError } from "../../../components/shared/problem";
import { begin } from "../../../src/records/transitions";
import { decide } from "../../../src/rollout/decision";
import { blueGreen, digest, old, target } from "../../support/paper";

describe("what a wish for a version means", () => {
  const under = begin(old, target, blueGreen);
  const P = { project: "P", stack: "uat" };

  it("to begin, to continue, or nothing new", () => {
    assert.deepEqual(decide(P, undefined, target), { kind: "begin" });
    assert.deepEqual(decide(P, old, target), { kind: "begin" });
    assert.deepEqual(decide(P, { ...old, removed: true }, old), { kind: "begin" });
    assert.deepEqual(decide(P, old, { ...old, tag: "another" }), { kind: "same" });
    assert.deepEqual(decide(P, under, target), { kind: "resume", step: "beside" });
  });

  it("is refused while another version is being rolled out, naming both fixes", () => {
    assert.throws(
      () => decide(P, under, { digest: digest("c") }),
      (error: UserError) => {
        assert.equal(error.exitCode, 2);
        assert.match(
          error.message,
          /slipway release P --digest sha256:b+ --stack uat; .*slipway rollback P --stack uat$/m,
        );
        return true;
      },
    );
  });
});
