import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { openBackups } from "../../../src/backup/opening";
import { needPrograms } from "../../../src/backup/programs";
import type { Session } from "../../../src/engine/session";

describe("what backups need on the machine that runs the commands", () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "slipway-programs-"));
    path = ["/nowhere", "", folder].join(delimiter);
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it("is required at once, all of it, with the fix", () => {
    assert.throws(
      () => {
        needPrograms(["restic", "ssh"], path);
      },
      {
        exitCode: 2,
        message:
          "Nothing was done: restic and ssh are not installed on this machine\n  fix:  as root: apt-get install restic openssh-client (dnf install restic openssh-clients)",
      },
    );
    assert.throws(() => {
      needPrograms(["restic"], undefined);
    }, /restic is not installed/);
  });

  it("is nothing if the stack backs nothing up, which is reported first", async () => {
    const config = {
      "slipway:system": "shop",
      "slipway:cluster": { kind: "kubeconfig", file: "uat.yaml", identifier: "shop" },
      "slipway:ingress": { controller: "external", namespace: "edge", domain: "shop.example" },
    };
    const file = { stack: "uat", text: () => JSON.stringify({ config }) };
    const session = { stack: "uat", file, env: { PATH: "" } } as unknown as Session;
    await assert.rejects(openBackups(session), /Pulumi\.uat\.yaml → slipway:backup\n/);
  });

  it("is found when it can be run", () => {
    const program = join(folder, "restic");
    writeFileSync(program, "", { mode: 0o644 });
    assert.throws(() => {
      needPrograms(["restic"], path);
    }, /restic is not installed/);
    chmodSync(program, 0o755);
    needPrograms(["restic"], path);
  });
});
