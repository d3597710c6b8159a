import * as assert from "node:assert/strict";
import { execa } from "execa";
import { layout } from "../../sandbox/layout";
import { sessionEnv } from "../../sandbox/session";
import { changed, type Declared, type Project } from "../support/engine";
import { eventually } from "../../sandbox/eventually";
import { PluginLab, kubectl, ok, refused } from "../support/plugin-lab";

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

  describe("a preview", () => {
    it("shows objects in a namespace that the same program will create", async () => {
      const later = `${namespace}-later`;
      const metadata = { namespace: { $output: "own.metadata.name" } };
      project.declare({
        own: {
          type: "kubernetes:core/v1:Namespace",
          inputs: { apiVersion: "v1", kind: "Namespace", metadata: { name: later } },
        },
        a: object("core/v1:ConfigMap", "a", { metadata, data: { k: "v" } }),
      });
      assert.deepEqual(changed(ok(await project.preview())), ["a: create", "own: create"]);
      assert.deepEqual(changed(ok(await project.up())), ["a: create", "own: create"]);
    });

    it("shows what the server will decide as not known yet", async () => {
      const service = object("core/v1:Service", "a", { spec: { ports: [{ port: 80 }] } });
      const user = configMap({ ip: { $output: "service.spec.clusterIP" } }, "b");
      project.declare({ service, user });
      const run = ok(await project.preview());
      assert.match(run.output, /"data":\{"ip":"04da6b54-80e4-46f7-96ec-b56ff0331ba9"\}/);
      ok(await project.up());
      assert.equal(
        await live("configmap/b", ".data.ip"),
        await live("service/a", ".spec.clusterIP"),
      );
    });

    it("refuses what the server would refuse, and changes nothing", async () => {
      project.declare({ web: deployment({ replicas: -1 }) });
      refused(await project.preview(), /spec\.replicas: Invalid value: -1/);
      project.declare({ web: deployment({ replica: 1 }) });
      refused(await project.preview(), /\.spec\.replica: field not declared in schema/);
      assert.equal(await live("deployment", ".items"), "[]");
    });

    it("warns of what may still be granted until the update", async () => {
      const hard = { "count/configmaps": "0" };
      await kubectl(
        "create",
        "quota",
        "none",
        `--namespace=${namespace}`,
        "--hard=count/configmaps=0",
      );
      await eventually(async () => {
        assert.equal(await live("quota/none", ".status.hard"), JSON.stringify(hard));
      });
      project.declare({ a: configMap({ k: "v" }, "a") });
      const run = ok(await project.preview());
      assert.match(run.messages, /the update may fail: .*exceeded quota: none/);
      refused(await project.up(), /exceeded quota: none/);
    });
  });

  describe("drift", () => {
    it("is found by a refresh and put right by the next update", async () => {
      const labels = { tier: "front" };
      project.declare({ web: deployment({ replicas: 2 }, { labels }) });
      ok(await project.up());
      assert.deepEqual(changed(ok(await project.refresh())), []);
      await kubectl("scale", "deployment/web", "--replicas=1", `--namespace=${namespace}`);
      await kubectl(
        "label",
        "deployment/web",
        "tier=back",
        "--overwrite",
        `--namespace=${namespace}`,
      );
      const found = ok(await project.refresh());
      assert.deepEqual(changed(found), ["web: update"]);
      const { diff } = found.steps.find(({ name }) => name === "web") ?? {};
      assert.deepEqual(Object.keys(diff ?? {}).sort(), ["metadata.labels.tier", "spec.replicas"]);
      const mended = ok(await project.up());
      assert.deepEqual(changed(mended), ["web: update"]);
      assert.match(mended.messages, /takes back .*\.spec\.replicas from kubectl/);
      assert.equal(
        await live("deployment/web", "['.spec.replicas','.metadata.labels.tier']"),
        "2 front",
      );
    });

    it("is not what the server spells in another way", async () => {
      const template = {
        metadata: { labels: { app: "web" } },
        spec: {
          containers: [
            {
              name: "main",
              image: "example.invalid/web:1",
              resources: { limits: { cpu: "0.01", memory: "1024Ki" } },
              ports: [{ containerPort: 80 }],
            },
          ],
        },
      };
      project.declare({ web: deployment({ replicas: 0, template }) });
      ok(await project.up());
      await kubectl("annotate", "deployment/web", "other=value", `--namespace=${namespace}`);
      assert.deepEqual(changed(ok(await project.refresh())), []);
      assert.deepEqual(changed(ok(await project.up())), []);
    });

    it("finds an object deleted behind its back, and creates it anew", async () => {
      const before = configMap({ k: "v" }, "a");
      project.declare({ a: before });
      ok(await project.up());
      await kubectl("delete", "configmap/a", `--namespace=${namespace}`);
      project.declare({
        a: object("core/v1:ConfigMap", "a", { metadata: { labels: { l: "v" } }, data: { k: "v" } }),
      });
      refused(await project.preview(), /does not exist any more. Run `pulumi refresh`/);
      assert.deepEqual(changed(ok(await project.refresh())), ["a: delete"]);
      assert.deepEqual(changed(ok(await project.up())), ["a: create"]);
    });
  });

  describe("field managers", () => {
    const applyAs = async (manager: string, manifest: object): Promise<void> => {
      await execa(
        "kubectl",
        [
          "apply",
          "--server-side",
          "--force-conflicts",
          `--field-manager=${manager}`,
          "--filename=-",
        ],
        { env: sessionEnv(layout()), input: JSON.stringify(manifest) },
      );
    };

    it("refuses to take a field from another manager, names both, and takes it when forced", async () => {
      const mutable = { provider: { type: "provider", inputs: { enableConfigMapMutable: true } } };
      const options = { provider: "provider" };
      const declared = (value: string, metadata: object = {}): Declared => ({
        ...object("core/v1:ConfigMap", "a", { metadata, data: { k: value } }),
        options,
      });
      project.declare({ ...mutable, a: declared("1") });
      ok(await project.up());
      await applyAs("other-tool", {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "a", namespace },
        data: { k: "theirs" },
      });
      project.declare({ ...mutable, a: declared("2") });
      for (const run of [await project.preview(), await project.up()]) {
        refused(run, /\.data\.k is held by "other-tool"[^]*patchForce: "true"/);
      }
      assert.equal(await live("configmap/a", ".data.k"), "theirs");
      project.declare({
        ...mutable,
        a: declared("2", { annotations: { "pulumi.com/patchForce": "true" } }),
      });
      ok(await project.up());
      assert.equal(await live("configmap/a", ".data.k"), "2");
    });

    it("leaves a field of ignoreChanges to the one who manages it", async () => {
      const options = { ignoreChanges: ["spec.replicas"] };
      project.declare({ web: { ...deployment({ replicas: 1 }), options } });
      ok(await project.up());
      const scaled = {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "web", namespace },
        spec: { replicas: 3 },
      };
      await applyAs("autoscaler", scaled);
      project.declare({ web: { ...deployment({ replicas: 1, minReadySeconds: 1 }), options } });
      ok(await project.up());
      assert.equal(
        await live("deployment/web", "['.spec.replicas','.spec.minReadySeconds']"),
        "3 1",
      );
    });

    it("drops a field that the program no longer declares, also from an object the official plugin made", async () => {
      const manifest = {
        apiVersion: "v1",
        kind: "ServiceAccount",
        metadata: { name: "a", namespace, labels: { keep: "1", drop: "1" } },
      };
      await execa("kubectl", ["create", "--field-manager=pulumi-kubernetes", "--filename=-"], {
        env: sessionEnv(layout()),
        input: JSON.stringify(manifest),
      });
      const declared = (labels: object): Declared =>
        object("core/v1:ServiceAccount", "a", { metadata: { labels } });
      const all = declared({ keep: "1", drop: "1" });
      project.declare({ a: { ...all, options: { import: `${namespace}/a` } } });
      ok(await project.up());
      project.declare({ a: declared({ keep: "2", drop: "1" }) });
      ok(await project.up());
      project.declare({ a: declared({ keep: "2" }) });
      assert.deepEqual(changed(ok(await project.up())), ["a: update"]);
      assert.equal(await live("serviceaccount/a", ".metadata.labels"), '{"keep":"2"}');
    });
  });
});
