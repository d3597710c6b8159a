import assert from "node:assert/strict";
import { lookAtCluster } from "../../../src/status/objects";
import { fakeApi } from "../../support/api";

describe("whose an object is", () => {
  /** Cases in which a Service in the projects' namespace belongs to somebody else. */
  const strangers = async (metadata: object): Promise<string[]> => {
    const api = fakeApi({
      list: (path: string) =>
        Promise.resolve(
          path.endsWith("/services")
            ? [{ metadata: { name: "web", namespace: "sjzy-uat", ...metadata }, spec: {} }]
            : [],
        ),
      object: () => Promise.resolve("absent"),
    });
    const where = { system: "sjzy", own: "sjzy-uat", clusterWide: true };
    return [...(await lookAtCluster(api, where)).strangers.keys()];
  };
  const labels = (managedBy: string, more: object = {}) => ({
    "app.kubernetes.io/part-of": "sjzy",
    "app.kubernetes.io/component": "front",
    "app.kubernetes.io/managed-by": managedBy,
    ...more,
  });
  const managedFields = [{ manager: "pulumi-kubernetes-1a2b" }, { manager: "kubectl-label" }];
  const stranger = ["Service/sjzy-uat/web"];

  for (const [what, metadata, expected] of [
    ["ours by its label", { labels: labels("slipway") }, []],
    ["nobody's we know", {}, stranger],
    [
      "ours, though another tool has written its name over it",
      { labels: labels("Helm"), managedFields },
      [],
    ],
    [
      "another tool's, though it is called a part of the same",
      { labels: labels("Helm") },
      stranger,
    ],
    ["another stack's", { labels: labels("slipway", { "slipway/stack": "sjzy-test" }) }, stranger],
  ] as const) {
    it(what, async () => {
      assert.deepEqual(await strangers(metadata), expected);
    });
  }
});
