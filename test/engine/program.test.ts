import * as assert from "node:assert/strict";
import { execa } from "execa";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { layout } from "../../sandbox/layout";
import { sessionEnv } from "../../sandbox/session";
import { changes, ProgramCopy } from "../../sandbox/program-copy";
import { walk } from "../support/suites";

/** The whole program on the real engine and the real API server; each test continues where the previous one ended. */
walk("the program of stack test", function () {
  this.timeout(600_000);
  const program = new ProgramCopy();

  before(() => program.init());
  after(() => {
    program.remove();
  });

  it("previews without touching the cluster", async () => {
    const steps = changes(await program.preview());
    assert.ok(steps.length > 7 * 5, `${steps.length} steps are too few for seven projects`);
    assert.deepEqual(new Set(steps.map(({ op }) => op)), new Set(["create"]));
    assert.deepEqual(await deployments(), []);
  });

  it("comes up with the seven projects", async () => {
    await program.up();
    assert.deepEqual(await deployments(), [
      "packet-bsi-pc-ui",
      "packet-label",
      "packet-outcustome-pc-ui",
      "packet-shopman-web-ui",
      "sjzy-package-api",
      "sjzy-package-output-api",
      "sjzy-package-task-api",
    ]);
  });

  it("changes nothing when run again, and leaves no kubeconfig in the temporary folder", async () => {
    const folder = mkdtempSync(join(tmpdir(), "slipway-tmp-"));
    try {
      program.use({ TMPDIR: folder });
      assert.deepEqual(changes(await program.up()), []);
      assert.deepEqual(
        readdirSync(folder).filter((name) => name.startsWith("kubeconfig")),
        [],
      );
    } finally {
      program.use({ TMPDIR: tmpdir() });
      rmSync(folder, { recursive: true });
    }
  });

  it("changes only the resources of the project that changed", async () => {
    program.edit("examples/Packet_Label/index.html", (text) => `${text}\n<!-- changed -->\n`);
    const changed = changes(await program.up());
    assert.ok(changed.length > 0);
    for (const { urn } of changed) assert.match(urn, /Packet_Label|packet-label/);
  });

  it("finds drift by refresh, and the next update corrects it", async () => {
    const scale = ["scale", "deployment/packet-label", "--replicas=3", "--namespace=sjzy-test"];
    await kubectl(...scale);
    const found = changes(await program.refresh());
    assert.deepEqual(
      found.map(({ op, type }) => [op, type]),
      [["update", "kubernetes:apps/v1:Deployment"]],
    );
    const fixed = changes(await program.up());
    assert.deepEqual(
      fixed.map(({ op, type }) => [op, type]),
      [["update", "kubernetes:apps/v1:Deployment"]],
    );
    const args = ["get", "deployment/packet-label", "--namespace=sjzy-test"];
    assert.equal(await kubectl(...args, "--output=jsonpath={.spec.replicas}"), "1");
  });

  it("puts right what others have changed, and leaves what is an autoscaler's and a webhook's", async () => {
    const patch = async (what: string, manager: string, fields: object): Promise<void> => {
      const flags = [`--field-manager=${manager}`, "--namespace=sjzy-test", "--type=merge"];
      await kubectl("patch", what, ...flags, `--patch=${JSON.stringify(fields)}`);
    };
    const autoscale = "autoscale: { max: 4, cpu: 70 }\n";
    program.edit("projects/Packet_Label.yaml", (text) => `${text}\n${autoscale}`);
    await program.up();
    const scale = ["--subresource=scale", "--type=merge", '--patch={"spec":{"replicas":3}}'];
    const manager = "--field-manager=kube-controller-manager";
    await kubectl("patch", "deployment/packet-label", "--namespace=sjzy-test", ...scale, manager);
    const declared = { revisionHistoryLimit: 9 };
    await patch("deployment/packet-label", "kubectl-edit", { spec: declared });
    await patch("service/packet-label", "some-controller", {
      spec: { selector: { app: "another" } },
    });
    const annotations = { "webhook.example/added": "theirs" };
    await patch("service/packet-label", "some-webhook", { metadata: { annotations } });

    await program.refresh();
    const fixed = changes(await program.up());
    assert.deepEqual(fixed.map(({ urn }) => urn.replace(/.*\$/, "")).sort(), [
      "kubernetes:apps/v1:Deployment::packet-label",
      "kubernetes:core/v1:Service::packet-label",
    ]);
    const deployment = "jsonpath={.spec.replicas} {.spec.revisionHistoryLimit}";
    assert.equal(await read("deployment/packet-label", deployment), "3 3");
    const service = "jsonpath={.spec.selector.app} {.metadata.annotations.webhook\\.example/added}";
    assert.equal(await read("service/packet-label", service), "packet-label theirs");
    assert.deepEqual(changes(await program.up()), []);
  });

  it("leaves nothing when destroyed but its namespace, in which volumes may be", async () => {
    await program.destroy();
    const kinds =
      "deployments,services,ingresses,networkpolicies,resourcequotas,limitranges,secrets";
    assert.equal(await read(kinds, "name"), "");
    assert.equal(
      await kubectl("get", "namespace", "sjzy-test", "--output=name"),
      "namespace/sjzy-test",
    );
    const { stdout } = await program.pulumi("stack", "export", "--stack", "test");
    const state = JSON.parse(stdout) as { deployment: { resources?: unknown[] } };
    assert.deepEqual(state.deployment.resources ?? [], []);
  });
});

const read = async (what: string, output: string): Promise<string> =>
  await kubectl("get", what, "--namespace=sjzy-test", `--output=${output}`);

async function deployments(): Promise<string[]> {
  const output = "--output=jsonpath={.items[*].metadata.name}";
  const text = await kubectl("get", "deployments", "--namespace=sjzy-test", output);
  return text.split(" ").filter((name) => name !== "");
}

async function kubectl(...args: string[]): Promise<string> {
  const { stdout } = await execa("kubectl", args, { env: sessionEnv(layout()) });
  return stdout;
}
