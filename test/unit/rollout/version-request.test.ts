import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { versionAsked } from "../../../src/rollout/version-request";
import type { ReleasedProject } from "../../../src/rollout/project";
import type { Session } from "../../../src/engine/session";
import { Build } from "../../../src/build/config";
import { Repository } from "../../support/git";
import { checkout as ours } from "../../../components/shared/system/checkout";

describe("an image that is requested by its digest", () => {
  let checkout: string;
  let commit: string;
  let repository: Repository;
  beforeEach(() => {
    checkout = mkdtempSync(join(tmpdir(), "slipway-wish-"));
    cpSync(join(ours, "examples/config"), join(checkout, "config"), { recursive: true });
    repository = new Repository(join(checkout, "config"));
    commit = repository.commit();
  });
  afterEach(() => {
    rmSync(checkout, { recursive: true });
  });

  const digest = `sha256:${"a".repeat(64)}`;
  const project = "SJZY.Package.Api";
  const asked = (source: object, record?: object) =>
    versionAsked(
      { checkout, stack: "uat" } as Session,
      {
        project,
        source: { project, kind: "back", ...source },
        record,
        config: { cluster: { kind: "kubeconfig" }, build: Build.parse({ config: "config" }) },
      } as unknown as ReleasedProject,
      { digest },
    );

  for (const mode of ["mount", "secret"] as const)
    it(`is named with the commit and the bytes of what it gets by ${mode}`, async () => {
      const first = await asked({ mode });
      assert.match(first.configHash ?? "", /^[0-9a-f]{64}$/);
      assert.deepEqual(first, { digest, config: commit, configHash: first.configHash });
      const file = `back/appsettings.json.${project}`;
      const next = repository.commit({ [file]: '{"changed": true}' });
      const second = await asked({ mode });
      assert.equal(second.config, next);
      assert.notEqual(second.configHash, first.configHash);
    });

  it("is refused where what it would get is in no commit", async () => {
    repository.write(`back/appsettings.json.${project}`, "{}");
    await assert.rejects(asked({ mode: "mount" }), (error: Error & { exitCode?: number }) => {
      assert.match(error.message, /no uncommitted changes where configuration is mounted/);
      return error.exitCode === 2;
    });
  });

  it("is named with none where it holds its own", async () => {
    repository.write(`back/appsettings.json.${project}`, "{}");
    assert.deepEqual(await asked({ mode: "bake" }), { digest });
  });

  for (const request of [{ digest }, { tag: "v1" }, { build: true }])
    it(`is not looked for where the stack's sandbox is down: ${JSON.stringify(request)}`, async () => {
      const known = { config: { cluster: { kind: "sandbox" } } } as unknown as ReleasedProject;
      const session = { checkout, stack: "test" } as Session;
      await assert.rejects(versionAsked(session, known, request), /sandbox is not up.*npm run up/);
    });

  it("keeps what its record knows of it", async () => {
    const known = { digest, tag: "v1", commit: "3fdd00f", config: "1234567" };
    const { digest: same, tag, commit: of, config } = await asked({ mode: "mount" }, known);
    assert.deepEqual({ digest: same, tag, commit: of, config }, known);
  });
});
