import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kubectl } from "../../../src/kubernetes/kubectl";
import type { Session } from "../../../src/engine/session";
import type { StackConfig } from "../../../src/stack/config";

describe("kubectl for a stack", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "slipway-kubectl-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });
  const file = "/etc/uat.yaml";
  const config = { cluster: { kind: "kubeconfig", file, context: "uat" } } as StackConfig;
  /** Runs it with a script in place of kubectl. */
  const run = (script: string, ...args: string[]): Promise<string> => {
    writeFileSync(join(folder, "kubectl"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    const session = { env: { PATH: `${folder}:/usr/bin:/bin` } } as unknown as Session;
    return kubectl(session, config, args);
  };
  const way = `--kubeconfig ${file}`;

  it("looks at the stack's cluster, and waits for a silent server 20 s and no longer", async () => {
    assert.equal(
      await run('echo "$@"', "get", "pods"),
      `${way} --context uat --request-timeout 20s get pods\n`,
    );
  });

  it("changes something for as long as it takes", async () => {
    assert.equal(await run('echo "$@"', "apply"), `${way} --context uat apply\n`);
  });

  it("reports its error, without its library's own lines", async () => {
    const says = 'echo "E1130 1 memcache.go] again" >&2; echo "no such host" >&2; exit 1';
    await assert.rejects(run(says, "get", "pods"), {
      message: "kubectl get pods: no such host",
    });
  });
});
