import * as assert from "node:assert/strict";
import { execa } from "execa";
import { changed, type Declared, type Project } from "../support/engine";
import { PluginLab, base64, kubectl, ok, ops, refused } from "../support/plugin-lab";

/** The kubernetes plugin on the real engine and a real API server. Each test has a project and a namespace of its own. */
describe("the kubernetes plugin", function () {
  this.timeout(300_000);
  const lab = new PluginLab();
  const { object, configMap, deployment, live } = lab;
  let project: Project;
  let namespace: string;
  beforeEach(async () => {
    ({ project, namespace } = await lab.open());
  });
  afterEach(() => lab.close());

  describe("what it records", () => {
    it("has the id, the inputs and the keys of the official plugin", async () => {
      project.declare({ a: configMap({ k: "v" }, "a") });
      ok(await project.up());
      const [, , state] = await project.state();
      const inputs = {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "a", namespace },
        data: { k: "v" },
      };
      assert.equal(state?.id, `${namespace}/a`);
      assert.deepEqual(state.inputs, inputs);
      assert.deepEqual(state.outputs["__inputs"], inputs);
      assert.equal(state.outputs["__initialApiVersion"], "v1");
      assert.match(String(state.outputs["__fieldManager"]), /^pulumi-kubernetes-[0-9a-f]{8}$/);
      assert.deepEqual(state.outputs["data"], { k: "v" });
    });

    it("has no secret in clear, neither as text nor in base64", async () => {
      const canary = "canary-in-a-coal-mine";
      project.declare({
        given: object("core/v1:Secret", "given", { stringData: { key: { $secret: canary } } }),
        plain: object("core/v1:Secret", "plain", { stringData: { key: canary } }),
        nested: deployment({
          replicas: 0,
          template: {
            metadata: { labels: { app: "web" }, annotations: { note: { $secret: canary } } },
            spec: {
              containers: [
                {
                  name: "main",
                  image: "example.invalid/web:1",
                  env: [{ name: "KEY", value: { $secret: canary } }],
                },
              ],
            },
          },
        }),
      });
      const run = ok(await project.up());
      const { stdout } = await execa("grep", ["-rhoE", `${canary}|${base64(canary)}`, "state"], {
        cwd: project.folder,
        reject: false,
      });
      assert.equal(stdout, "");
      assert.doesNotMatch(run.messages, new RegExp(canary));
      assert.equal(await live("secret/given", ".data.key"), base64(canary));
      assert.equal(
        await live("deployment/web", ".spec.template.metadata.annotations.note"),
        canary,
      );
    });

    it("keeps a generated name, and gives a replacement a new one", async () => {
      project.declare({ a: configMap({ k: "1" }) });
      ok(await project.up());
      const name = await live("configmap", ".items[?(@.data.k)].metadata.name");
      assert.match(name, /^a-[0-9a-f]{8}$/);
      assert.deepEqual(changed(ok(await project.up())), []);
      project.declare({ a: configMap({ k: "2" }) });
      const run = ok(await project.up());
      // The new one is there before the old one goes, so nothing that refers to it is ever without.
      assert.deepEqual(ops(run, "a"), ["create-replacement", "replace", "delete-replaced"]);
      assert.notEqual(await live("configmap", ".items[?(@.data.k)].metadata.name"), name);
    });
  });

  describe("identity", () => {
    it("replaces a renamed object, the new one first", async () => {
      project.declare({ a: configMap({ k: "v" }, "one") });
      ok(await project.up());
      project.declare({ a: configMap({ k: "v" }, "two") });
      const run = ok(await project.up());
      assert.deepEqual(ops(run, "a"), ["create-replacement", "replace", "delete-replaced"]);
      assert.equal(await live("configmap", ".items[?(@.data.k)].metadata.name"), "two");
    });

    it("replaces an object that moves to another namespace", async () => {
      const other = `${namespace}-other`;
      await kubectl("create", "namespace", other);
      project.declare({ a: object("core/v1:ServiceAccount", "a", {}) });
      ok(await project.up());
      const moved = object("core/v1:ServiceAccount", "a", { metadata: { namespace: other } });
      project.declare({ a: moved });
      ok(await project.up());
      const found = await kubectl(
        "get",
        "serviceaccount",
        "-A",
        "--field-selector=metadata.name=a",
        "--output=jsonpath={.items[*].metadata.namespace}",
      );
      await project.destroy();
      await kubectl("delete", "namespace", other, "--wait=false");
      assert.equal(found, other);
    });

    it("deletes an object first whose fixed name the new one needs", async () => {
      const service = (clusterIP?: string): Declared =>
        object("core/v1:Service", "a", { spec: { clusterIP, ports: [{ port: 80 }] } });
      project.declare({ a: service() });
      ok(await project.up());
      project.declare({ a: service("None") });
      assert.deepEqual(ops(ok(await project.up()), "a"), [
        "delete-replaced",
        "replace",
        "create-replacement",
      ]);
      assert.equal(await live("service/a", ".spec.clusterIP"), "None");
    });

    it("refuses to create what exists, says whose it is, and adopts it when told to", async () => {
      await kubectl(
        "create",
        "configmap",
        "a",
        `--namespace=${namespace}`,
        "--from-literal=k=theirs",
      );
      const inputs = configMap({ k: "v" }, "a");
      project.declare({ a: inputs });
      for (const run of [await project.preview(), await project.up()]) {
        refused(
          run,
          /ConfigMap plugin-\S+\/a already exists in the cluster \(managed by kubectl-create\)/,
        );
      }
      assert.equal(await live("configmap/a", ".data.k"), "theirs");
      project.declare({
        provider: { type: "provider", inputs: { upsertExistingObjects: true } },
        a: { ...inputs, options: { provider: "provider" } },
      });
      ok(await project.up());
      assert.equal(await live("configmap/a", ".data.k"), "v");
    });

    it("imports an object by the fields that the program declares", async () => {
      await kubectl(
        "create",
        "deployment",
        "web",
        `--namespace=${namespace}`,
        "--image=example.invalid/web:1",
        "--replicas=0",
      );
      const declared = object("apps/v1:Deployment", "web", {
        spec: {
          replicas: 0,
          selector: { matchLabels: { app: "web" } },
          template: {
            metadata: { labels: { app: "web" } },
            spec: { containers: [{ name: "web", image: "example.invalid/web:1" }] },
          },
        },
      });
      project.declare({ web: { ...declared, options: { import: `${namespace}/web` } } });
      ok(await project.up());
      project.declare({ web: declared });
      assert.deepEqual(changed(ok(await project.preview())), []);
      (declared.inputs as { spec: { replicas: number } }).spec.replicas = 1;
      project.declare({ web: declared });
      assert.deepEqual(changed(ok(await project.up())), ["web: update"]);
      assert.equal(await live("deployment/web", ".spec.replicas"), "1");
    });
  });
});
