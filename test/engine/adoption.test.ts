import * as assert from "node:assert/strict";
import { execa } from "execa";
import { layout } from "../../sandbox/layout";
import { changes, ProgramCopy } from "../../sandbox/program-copy";
import { sessionEnv } from "../../sandbox/session";

/** A stack whose namespace exists already, with objects in it; each test continues where the previous one ended. */
describe("a stack whose objects exist already (a walk)", function () {
  this.timeout(600_000);
  const program = new ProgramCopy();
  const namespace = "--namespace=sjzy-test";

  before(async () => {
    await program.init();
    await kubectl("create", "namespace", "sjzy-test");
    await kubectl("create", "service", "clusterip", "packet-label", "--tcp=81", namespace);
    await kubectl("create", "configmap", "theirs", "--from-literal=k=v", namespace);
  });
  after(async () => {
    await program.destroy();
    program.remove();
    await kubectl("delete", "namespace", "sjzy-test", "--ignore-not-found");
  });

  const port = async (): Promise<string> =>
    await kubectl("get", "service/packet-label", namespace, "--output=jsonpath={.spec.ports}");

  it("is refused by preview, which names all of it and how it is taken over", async () => {
    const { exitCode, all } = await program.pulumi("preview", "--stack=test", "--non-interactive");
    assert.notEqual(exitCode, 0);
    assert.match(all, /Stack test is refused: .*: 2 problems/);
    assert.match(all, /Namespace\/sjzy-test exists already, .*managed by kubectl-create/);
    assert.match(all, /Service\/packet-label in namespace sjzy-test exists already/);
    assert.match(all, /to take it over, add `- Service\/packet-label`/);
    assert.doesNotMatch(all, /theirs|\n {4}at /);
  });

  it("is refused by an update, which touches none of it", async () => {
    const before = await port();
    await assert.rejects(program.up(), /Namespace\/sjzy-test exists already/);
    assert.equal(await port(), before);
  });

  it("takes over what its file names, and leaves the rest", async () => {
    const adopt = "  slipway:adopt: [Namespace/sjzy-test, Service/packet-label]\n";
    program.edit("Pulumi.test.yaml", (text) => text.replace("config:\n", `config:\n${adopt}`));
    await program.up();
    const selector = "--selector=app.kubernetes.io/managed-by=slipway";
    const ours = await kubectl("get", "services", namespace, selector, "--output=name");
    assert.match(ours, /service\/packet-label/);
    assert.match(await kubectl("get", "configmap/theirs", namespace, "--output=name"), /theirs/);
  });

  it("drops what kubectl had given them beside, and then changes nothing", async () => {
    program.edit("Pulumi.test.yaml", (text) => text.replace(/ {2}slipway:adopt.*\n/, ""));
    await program.up();
    const ports = JSON.parse(await port()) as { port: number }[];
    assert.ok(ports.length === 1 && ports[0]?.port !== 81, JSON.stringify(ports));
    assert.deepEqual(changes(await program.up()), []);
  });
});

async function kubectl(...args: string[]): Promise<string> {
  const { stdout } = await execa("kubectl", args, { env: sessionEnv(layout()) });
  return stdout;
}
