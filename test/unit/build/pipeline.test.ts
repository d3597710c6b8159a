import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipelineParts } from "../../../src/build/pipeline";

describe("the variables of a pipeline", () => {
  const cases: [env: Record<string, string>, parts: object][] = [
    [{}, {}],
    [
      { CI_COMMIT_BRANCH: "develop", CI_PIPELINE_IID: "7" },
      { branch: "develop", buildId: "7" },
    ],
    [{ CI_COMMIT_BRANCH: "", CI_COMMIT_TAG: "v1" }, { gitTag: "v1" }],
    [{ GIT_BRANCH: "origin/feature/a" }, { branch: "feature/a" }],
    [
      { CI_COMMIT_REF_NAME: "feature/a", CI_MERGE_REQUEST_SOURCE_BRANCH_NAME: "feature/a" },
      { branch: "feature/a" },
    ],
    [{ BRANCH_NAME: "PR-12", CHANGE_BRANCH: "feature/a" }, { branch: "feature/a" }],
    [
      { GITHUB_REF_NAME: "12/merge", GITHUB_REF_TYPE: "branch", GITHUB_HEAD_REF: "feature/a" },
      { branch: "feature/a" },
    ],
    [{ GITHUB_REF_NAME: "main", GITHUB_REF_TYPE: "branch" }, { branch: "main" }],
    [
      {
        CI_MERGE_REQUEST_SOURCE_BRANCH_NAME: "main",
        CI_MERGE_REQUEST_SOURCE_PROJECT_PATH: "li/web",
        CI_MERGE_REQUEST_PROJECT_PATH: "shop/web",
      },
      { branch: "forks/li/web/main" },
    ],
    [
      {
        CI_MERGE_REQUEST_SOURCE_BRANCH_NAME: "main",
        CI_MERGE_REQUEST_SOURCE_PROJECT_PATH: "shop/web",
        CI_PROJECT_PATH: "shop/web",
      },
      { branch: "main" },
    ],
    [
      { BRANCH_NAME: "PR-12", CHANGE_BRANCH: "main", CHANGE_FORK: "li" },
      { branch: "forks/li/main" },
    ],
    [{ GITHUB_REF_NAME: "v1", GITHUB_REF_TYPE: "tag" }, { gitTag: "v1" }],
    [
      { VERSION: "v1.2.0", BUILD_ID: "92" },
      { version: "v1.2.0", buildId: "92" },
    ],
    [{ VERSION: "", BUILD_ID: "" }, {}],
  ];
  for (const [full_name, branch] of [
    ["li/web", "forks/li/web/main"],
    ["shop/web", "main"],
    [undefined, "forks/unknown/main"],
  ] as const)
    it(`of a pull request from ${full_name ?? "a fork that is gone"} to shop/web: ${branch}`, () => {
      const folder = mkdtempSync(join(tmpdir(), "slipway-event-"));
      const event = join(folder, "event.json");
      writeFileSync(
        event,
        JSON.stringify({
          pull_request: { head: { repo: full_name === undefined ? null : { full_name } } },
        }),
      );
      const env = {
        GITHUB_HEAD_REF: "main",
        GITHUB_EVENT_PATH: event,
        GITHUB_REPOSITORY: "shop/web",
      };
      assert.deepEqual(pipelineParts(env), { branch });
      rmSync(folder, { recursive: true });
    });
  for (const [env, found] of cases) {
    it(`${JSON.stringify(env)}: ${JSON.stringify(found)}`, () => {
      assert.deepEqual(pipelineParts(env), found);
    });
  }
});
