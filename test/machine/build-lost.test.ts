import * as assert from "node:assert/strict";
import { join } from "node:path";
import { readContract } from "../../components/cluster/sandbox";
import { layout } from "../../sandbox/layout";
import { folderBackend, sessionEnv } from "../../sandbox/session";
import { buildProject, type Built } from "../../src/build/build";
import { lookUp } from "../../src/build/registry";
import { Build } from "../../src/build/config";
import { templatesOf } from "../../src/projects/images";
import { Repository } from "../support/git";
import { ProgramCopy } from "../../sandbox/program-copy";
import { describeAll } from "../support/suites";
import { contractPath } from "../../sandbox/contract";

/** A registry's clean-up removes images that a build's stack still has in its state. */
describeAll("a build whose image the registry has lost", function () {
  this.timeout(300_000);
  const { registry, builder, ...sandbox } = readContract(contractPath(layout()));
  // A repository for this test alone: nobody else misses what it deletes.
  const repository = "front/packet_label_lost";
  const copy = new ProgramCopy();
  const lines: string[] = [];

  before(() => {
    new Repository(join(copy.folder, "examples/config")).commit();
    new Repository(join(copy.folder, "examples/Packet_Label")).commit({ "lost.txt": "lost" });
  });
  after(() => {
    copy.remove();
  });

  const build = (): Promise<Built> => {
    assert.ok(builder !== undefined, "this sandbox builds nothing");
    lines.length = 0;
    return buildProject({
      checkout: copy.folder,
      stack: "test",
      name: "packet-label",
      registry,
      repository,
      env: { ...sessionEnv(layout()), PULUMI_BACKEND_URL: folderBackend(`${copy.folder}/.state`) },
      builder: { name: builder.name, templates: templatesOf({ registry, builder, ...sandbox }) },
      source: { project: "Packet_Label", kind: "front" },
      build: Build.parse({}),
      show: (line) => lines.push(line),
    });
  };
  const has = async (reference: string): Promise<boolean> => {
    const answer = await lookUp({ host: registry }, repository, reference);
    assert.ok(!("unknown" in answer), JSON.stringify(answer));
    return answer.found;
  };

  it("is built and pushed again, with its digest and its tag, and once", async () => {
    const first = await build();
    const { digest, tag = "" } = first.version;
    const url = `http://${registry}/v2/${repository}/manifests/${digest}`;
    assert.equal((await fetch(url, { method: "DELETE" })).status, 202);
    assert.equal(await has(digest), false);

    assert.deepEqual(await build(), first);
    assert.ok(
      lines.some((line) => line.includes(`no longer has ${digest}`)),
      lines.join("\n"),
    );
    assert.deepEqual([await has(digest), await has(tag)], [true, true]);

    assert.deepEqual(await build(), first);
    assert.deepEqual(lines, []);
  });
});
