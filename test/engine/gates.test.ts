import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { changes, ProgramCopy } from "../../sandbox/program-copy";
import { walk } from "../support/suites";

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const [first, second] = [digest("a"), digest("b")];
const at = "2026-11-20T09:00:00Z";

/** Only the one project: the guards read records, not other resources. */
const others = [
  ...["Packet_BSI_PC_UI", "Packet_OutCustome_PC_UI", "Packet_Shopman_Web_UI"],
  ...["SJZY.Package.Api", "SJZY.Package.Output.Api", "SJZY.Package.Task.Api"],
];

/** The guards of plain `pulumi up`, against what really runs; each test continues where the previous one ended. */
walk("guards on the engine", function () {
  this.timeout(600_000);
  const program = new ProgramCopy("uat");

  before(async () => {
    for (const name of others) rmSync(join(program.folder, `projects/${name}.yaml`));
    await program.init();
  });
  after(async () => {
    await program.destroy();
    program.remove();
  });

  /** Writes the record to run, and other settings. */
  const write = (record: object, more: object = {}): void => {
    program.edit("Pulumi.uat.yaml", (text) => {
      const [head = ""] = text.split(/ {2}# Examples|\n {2}slipway:(?:releases|promotion|freeze)/);
      const config = { ...more, "slipway:releases": { Packet_Label: record } };
      const body = stringify(config).replace(/^/gm, "  ").trimEnd();
      return `${head.trimEnd()}\n${body}\n# ${Math.random()}\n`;
    });
  };
  const rejecting = (...digests: string[]): void => {
    const rejected = digests.map((bad) => ({ digest: bad, why: "it leaks", by: "ann", at }));
    const records = { Packet_Label: { digest: digest("f"), rejected } };
    const file = { config: { "slipway:releases": records } };
    writeFileSync(join(program.folder, "Pulumi.test.yaml"), stringify(file));
  };
  const up = async () => program.pulumi("up", "--yes", "--skip-preview", "--stack", "uat");

  it("refuse a rejected version that does not run, and touch nothing", async () => {
    rejecting(first);
    write({ digest: first });
    const { exitCode, all } = await up();
    assert.notEqual(exitCode, 0);
    assert.match(all, /allowed: a version that is not rejected: ann rejected this one in test/);
    assert.match(all, /slipway lift Packet_Label sha256:a+ --stack test/);
    assert.doesNotMatch(all, /Deployment|\s+at /);
  });

  it("let it come once it is lifted", async () => {
    rejecting();
    assert.ok(changes(await program.up()).length > 5);
  });

  it("only warn when it is rejected while it serves, with how to go back", async () => {
    rejecting(first);
    write({ digest: first, replicas: 1 });
    const { exitCode, all } = await up();
    assert.equal(exitCode, 0, all);
    assert.match(all, /runs a version that would be refused now; it stays unchanged/);
    assert.match(all, /slipway rollback Packet_Label --stack uat/);
  });

  it("let it be replaced, and then do not let it back", async () => {
    write({ digest: second });
    assert.equal((await up()).exitCode, 0);
    write({ digest: first });
    const { exitCode, all } = await up();
    assert.notEqual(exitCode, 0);
    assert.match(all, /a version that is not rejected/);
  });

  it("ask nothing of what ran before a stack asked for promotion", async () => {
    const promotion = { "slipway:promotion": { from: "test" } };
    write({ digest: second, replicas: 2 }, promotion);
    const { exitCode, all } = await up();
    assert.equal(exitCode, 0, all);
    write({ digest: digest("c"), replicas: 2 }, promotion);
    const refused = await up();
    assert.notEqual(refused.exitCode, 0);
    assert.match(refused.all, /refused, nothing was changed: 4 problems/);
  });

  it("warn in a preview of a freeze, refuse its update, and let one override through", async () => {
    const freeze = { "slipway:freeze": [{ from: at, to: "2999-01-01T00:00:00Z", why: "audit" }] };
    write({ digest: digest("d") }, freeze);
    const preview = await program.pulumi("preview", "--stack", "uat");
    assert.equal(preview.exitCode, 0, preview.all);
    assert.match(preview.all, /warning: An update is refused: 1 problem/);
    const refused = await up();
    assert.notEqual(refused.exitCode, 0);
    assert.match(refused.all, /allowed: no update from .*: audit/);
    const override = { by: "ann", at: new Date().toISOString(), why: "it burns" };
    write({ digest: digest("d"), override }, freeze);
    const through = await up();
    assert.equal(through.exitCode, 0, through.all);
  });
});
