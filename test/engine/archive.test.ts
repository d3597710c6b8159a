import assert from "node:assert/strict";
import { execa } from "execa";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { layout } from "../../sandbox/layout";
import { sessionEnv } from "../../sandbox/session";
import { archiveOf } from "../../src/archive/archive";
import { writeArchive } from "../../src/archive/target";
import { whole } from "../support/archive";
import { ProgramCopy } from "../../sandbox/program-copy";
import { itAll, walk } from "../support/suites";

interface Live {
  kind: string;
  metadata: { name: string; namespace?: string };
}

/** The archive contains what runs, and kubectl alone can restore it. */
walk("the archive of a stack", function () {
  this.timeout(600_000);
  const program = new ProgramCopy("uat");
  const folder = mkdtempSync(join(tmpdir(), "slipway-archive-"));
  const links = () => files.map(({ link }) => join(folder, link));
  let files: ReturnType<typeof archiveOf> = [];

  before(async () => {
    await program.init();
    await program.up();
  });
  after(async () => {
    await program.destroy();
    await kubectl("delete", "namespace", "sjzy-uat", "--ignore-not-found");
    program.remove();
    rmSync(folder, { recursive: true });
  });

  const write = async (): Promise<string[]> => {
    const { stdout } = await program.pulumi("stack", "export", "--stack", "uat");
    files = archiveOf(JSON.parse(stdout), "uat");
    return writeArchive(folder, whole(files), { own: folder, stack: "uat", who: "ann" }).changed;
  };

  it("has a file and a link for each project and for what they depend on", async () => {
    await write();
    assert.equal(files.length, 8);
    assert.deepEqual(await write(), [], "the same state is the same bytes");
  });

  it("equals what runs: kubectl finds nothing to change", async () => {
    const { exitCode, all } = await diff(links());
    assert.equal(exitCode, 0, all);
  });

  it("contains neither status nor managers", () => {
    for (const link of links()) {
      const text = readFileSync(link, "utf8");
      assert.doesNotMatch(
        text,
        /^(status|\s+(managedFields|resourceVersion|uid|creationTimestamp)):/m,
      );
    }
  });

  itAll("applies cleanly where nothing is left, and equals what runs again", async () => {
    const before = await live();
    await program.destroy();
    // It stays, because projects may have left volumes in it; everything else is gone.
    await kubectl("delete", "namespace/sjzy-uat", "--timeout=120s");
    const platform = links().sort(
      (a, b) => Number(b.includes("_platform")) - Number(a.includes("_platform")),
    );
    for (const link of platform) await kubectl("apply", "--server-side", "--filename", link);
    assert.deepEqual(await live(), before);
    const { exitCode, all } = await diff(links());
    assert.equal(exitCode, 0, all);
  });

  /** Specs and labels of everything in the archive, as in the cluster. */
  async function live(): Promise<unknown[]> {
    const documents = links().flatMap((link) =>
      parseAllDocuments(readFileSync(link, "utf8"), { version: "1.1" }).map(
        (one) => one.toJS() as Live,
      ),
    );
    const found = [];
    for (const { kind, metadata } of documents) {
      const where = metadata.namespace === undefined ? [] : ["--namespace", metadata.namespace];
      const json = await kubectl("get", kind, metadata.name, ...where, "--output", "json");
      const { spec, metadata: has } = JSON.parse(json) as {
        spec?: Record<string, unknown>;
        metadata: { labels?: object };
      };
      // The one value that a cluster assigns anew each time.
      const lasting = Object.entries(spec ?? {}).filter(([key]) => !key.startsWith("clusterIP"));
      found.push([kind, metadata.name, has.labels, lasting]);
    }
    return found;
  }
});

async function diff(paths: readonly string[]) {
  const args = paths.flatMap((path) => ["--filename", path]);
  return execa("kubectl", ["diff", "--server-side", "--force-conflicts", ...args], {
    env: sessionEnv(layout()),
    all: true,
    reject: false,
  });
}

async function kubectl(...args: string[]): Promise<string> {
  const { stdout } = await execa("kubectl", args, { env: sessionEnv(layout()) });
  return stdout;
}
