import assert from "node:assert/strict";
import { goneText, tellsOfDrift } from "../../../src/readiness/gone";

describe("an error of something that the cluster no longer has", () => {
  const raw =
    'update of resource "urn:x" failed: deployments.apps "web" not found\nunable to get cluster state: deployments.apps "web" not found';
  for (const [text, told] of [
    [`Service web: ${goneText("uat")}`, true],
    [raw, true],
    ['image "web" not found', false],
    ['namespaces "shop-uat" not found', false],
  ] as const) {
    it(`is ${told ? "" : "not "}told of by: ${text.slice(0, 60)}`, () => {
      assert.equal(tellsOfDrift(text), told);
    });
  }
});
