import * as assert from "node:assert/strict";
import { execa } from "execa";
import { layout } from "../../sandbox/layout";
import { sessionEnv } from "../../sandbox/session";
import { changed, type Declared, Project, type Run } from "../support/engine";
import { eventually } from "../support/eventually";

/** The kubernetes plugin on the real engine and a real API server. Each test has a project and a namespace of its own. */
describe("the kubernetes plugin", function () {
  this.timeout(300_000);
  let project: Project;
  let namespace: string;
  let count = 0;

  beforeEach(async () => {
    namespace = `plugin-${process.pid}-${(count += 1)}`;
    await kubectl("create", "namespace", namespace);
    project = new Project();
    await project.init();
  });
  afterEach(async () => {
    await project.remove();
    await kubectl("delete", "namespace", namespace, "--wait=false");
  });

  const object = (token: string, name: string | undefined, fields: object): Declared => {
    const [module = "", kind] = token.split(":");
    const { metadata, ...rest } = fields as { metadata?: object };
    const apiVersion = module.replace(/^core\//, "");
    const inputs = { apiVersion, kind, metadata: { name, namespace, ...metadata }, ...rest };
    return { type: `kubernetes:${token}`, inputs };
  };
  const configMap = (data: object, name?: string): Declared =>
    object("core/v1:ConfigMap", name, { data });
  const deployment = (fields: object = {}, metadata: object = {}): Declared =>
    object("apps/v1:Deployment", "web", {
      metadata,
      spec: {
        selector: { matchLabels: { app: "web" } },
        template: {
          metadata: { labels: { app: "web" } },
          spec: { containers: [{ name: "main", image: "example.invalid/web:1" }] },
        },
        ...fields,
      },
    });
  // By affinity: the sandbox gives pods with a foreign image another nodeSelector.
  const nowhere = {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [
          { matchExpressions: [{ key: "slipway.test/no-such", operator: "Exists" }] },
        ],
      },
    },
  };
  const unschedulable = {
    template: {
      metadata: { labels: { app: "web" } },
      spec: {
        affinity: nowhere,
        containers: [{ name: "main", image: "example.invalid/web:1" }],
      },
    },
  };
  const live = async (resource: string, path: string): Promise<string> =>
    await kubectl("get", resource, `--namespace=${namespace}`, `--output=jsonpath={${path}}`);

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

  describe("custom resources", () => {
    it("are created together with their definition, whatever comes first", async () => {
      const group = `${namespace}.slipway.test`;
      const definition = (clusterWide: boolean, kind: string): Declared => ({
        type: "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition",
        inputs: {
          apiVersion: "apiextensions.k8s.io/v1",
          kind: "CustomResourceDefinition",
          metadata: { name: `${kind.toLowerCase()}s.${group}` },
          spec: {
            group,
            scope: clusterWide ? "Cluster" : "Namespaced",
            names: { kind, plural: `${kind.toLowerCase()}s` },
            versions: [
              {
                name: "v1",
                served: true,
                storage: true,
                schema: {
                  openAPIV3Schema: {
                    type: "object",
                    properties: {
                      spec: {
                        type: "object",
                        x_kubernetes_preserve_unknown_fields: true,
                        properties: {
                          fixed: {
                            type: "string",
                            x_kubernetes_validations: [
                              { rule: "self == oldSelf", message: "fixed is immutable" },
                            ],
                          },
                        },
                      },
                    },
                  },
                },
              },
            ],
          },
        },
      });
      const custom = (kind: string, spec: object): Declared => ({
        type: `kubernetes:${group}/v1:${kind}`,
        inputs: { apiVersion: `${group}/v1`, kind, metadata: { name: "one" }, spec },
      });
      const program = (size: number, fixed: string): void => {
        project.declare({
          valve: custom("Valve", { size, fixed }),
          region: custom("Region", { size }),
          valves: definition(false, "Valve"),
          regions: definition(true, "Region"),
        });
      };
      program(1, "a");
      assert.equal(changed(ok(await project.preview())).length, 4);
      assert.equal(changed(ok(await project.up())).length, 4);
      assert.deepEqual(changed(ok(await project.up())), []);
      assert.deepEqual(changed(ok(await project.refresh())), []);
      program(2, "a");
      assert.deepEqual(changed(ok(await project.up())), ["region: update", "valve: update"]);
      program(2, "b");
      assert.deepEqual(ops(ok(await project.up()), "valve"), [
        "delete-replaced",
        "replace",
        "create-replacement",
      ]);
      ok(await project.destroy());
    });

    it("of a kind that nobody defines are refused with what is missing", async () => {
      project.declare({
        a: {
          type: "kubernetes:slipway.test/v1:Absent",
          inputs: { apiVersion: "slipway.test/v1", kind: "Absent", metadata: { name: "a" } },
        },
      });
      ok(await project.preview());
      const run = await project.up();
      refused(run, /the cluster has no kind Absent in slipway.test\/v1/);
    });
  });

  describe("readiness", () => {
    it("is waited for", async () => {
      const service = object("core/v1:Service", "web", {
        spec: { selector: { app: "web" }, ports: [{ port: 80 }] },
      });
      project.declare({ web: deployment({ replicas: 2 }), service });
      ok(await project.up());
      assert.equal(await live("deployment/web", ".status.availableReplicas"), "2");
      const [, , ...resources] = await project.state();
      const state = resources.find(({ type }) => type === "kubernetes:apps/v1:Deployment");
      assert.equal(
        (state?.outputs["status"] as { availableReplicas: number }).availableReplicas,
        2,
      );
    });

    it("that does not come is an error with the reasons and the events, and the next update goes on", async () => {
      const stuck = deployment(unschedulable, {
        annotations: { "pulumi.com/timeoutSeconds": "8" },
      });
      project.declare({ web: stuck });
      const run = await project.up();
      refused(
        run,
        /Deployment plugin-\S+\/web is not ready: gave up after 8 s: 0 of 1 replicas are available/,
      );
      assert.match(run.messages, /pod web-\S+: Unschedulable: 0\/\d+ nodes are available/);
      assert.match(run.messages, /event FailedScheduling: 0\/\d+ nodes are available/);
      assert.doesNotMatch(run.messages, /\n {4}at /);
      // It is recorded, so nothing is lost; the next run sees it as unfinished.
      project.declare({ web: deployment() });
      assert.deepEqual(changed(ok(await project.up())), ["web: update"]);
      assert.deepEqual(changed(ok(await project.up())), []);
    });

    it("is not waited for with pulumi.com/skipAwait", async () => {
      const metadata = { annotations: { "pulumi.com/skipAwait": "true" } };
      project.declare({ web: deployment(unschedulable, metadata) });
      ok(await project.up());
    });

    it("of a claim is not waited for while its class waits for the first consumer", async () => {
      const storage = (mode: string): Declared => ({
        type: "kubernetes:storage.k8s.io/v1:StorageClass",
        inputs: {
          apiVersion: "storage.k8s.io/v1",
          kind: "StorageClass",
          metadata: { name: `${namespace}-${mode.toLowerCase()}` },
          provisioner: "slipway.test/none",
          volumeBindingMode: mode,
        },
      });
      const claim = (mode: string): Declared => ({
        ...object("core/v1:PersistentVolumeClaim", mode.toLowerCase(), {
          spec: {
            storageClassName: `${namespace}-${mode.toLowerCase()}`,
            accessModes: ["ReadWriteOnce"],
            resources: { requests: { storage: "1Gi" } },
          },
        }),
        options: { dependsOn: [mode], customTimeouts: { create: "3s" } },
      });
      const [lazy, eager] = ["WaitForFirstConsumer", "Immediate"] as const;
      project.declare({ [lazy]: storage(lazy), lazy: claim(lazy) });
      ok(await project.up());
      project.declare({ [eager]: storage(eager), eager: claim(eager) });
      refused(await project.up(), /gave up after 3 s: storage class \S+ has not provided a volume/);
    });

    it("that is lost shows in a refresh", async () => {
      project.declare({ web: deployment() });
      ok(await project.up());
      const patch = {
        spec: { template: { spec: { affinity: nowhere } } },
      };
      await kubectl(
        "patch",
        "deployment/web",
        `--namespace=${namespace}`,
        `--patch=${JSON.stringify(patch)}`,
      );
      await kubectl("delete", "pods", "--all", `--namespace=${namespace}`, "--wait=false");
      await eventually(async () => {
        const run = ok(await project.refresh());
        assert.match(run.messages, /unhealthy state:[^]*is not ready/);
      }, 10);
    });
  });

  describe("deletion", () => {
    it("waits, and names the finalizers that hold an object", async () => {
      const metadata = { finalizers: ["slipway.test/hold"] };
      const held = object("core/v1:ConfigMap", "a", { metadata, data: { k: "v" } });
      project.declare({ a: { ...held, options: { customTimeouts: { delete: "3s" } } } });
      ok(await project.up());
      refused(
        await project.destroy(),
        /ConfigMap plugin-\S+\/a is still there, gave up after 3 s: held by the finalizers slipway.test\/hold/,
      );
      const patch = { metadata: { finalizers: null } };
      await kubectl(
        "patch",
        "configmap/a",
        `--namespace=${namespace}`,
        `--patch=${JSON.stringify(patch)}`,
      );
      ok(await project.destroy());
      assert.equal((await project.state()).length, 0);
    });

    it("leaves nothing behind", async () => {
      project.declare({
        web: deployment({ replicas: 2 }),
        a: configMap({ k: "v" }),
        b: object("core/v1:Secret", "b", { stringData: { k: "v" } }),
      });
      ok(await project.up());
      ok(await project.destroy());
      const left = await kubectl(
        "get",
        "deployments,replicasets,pods,secrets",
        `--namespace=${namespace}`,
        "--output=name",
      );
      assert.equal(left, "");
    });
  });

  describe("an end before its time", () => {
    /** An update that waits for a Deployment without end; resolves once the object is there. */
    const waiting = async (): Promise<{
      run: ReturnType<Project["start"]>;
      processes: number[];
    }> => {
      project.declare({ web: deployment(unschedulable) });
      const run = project.start("up", "--yes", "--skip-preview", "--json");
      await eventually(async () => {
        assert.match(await live("deployment", ".items[*].metadata.name"), /web/);
      });
      const processes = await descendants(run.pid ?? 0);
      assert.ok(processes.length >= 2, "the engine has no plugins");
      return { run, processes };
    };
    const ended = async (processes: readonly number[]): Promise<void> => {
      await eventually(async () => {
        const alive = await Promise.all(processes.map(isAlive));
        assert.deepEqual(
          processes.filter((_, index) => alive[index]),
          [],
        );
      });
    };

    it("by SIGINT is clean: what was made is recorded, and no process is left", async () => {
      const { run, processes } = await waiting();
      run.kill("SIGINT");
      const { exitCode, all } = await run;
      assert.notEqual(exitCode, 0);
      assert.match(all, /interrupted/);
      await ended(processes);
      const types = (await project.state()).map(({ type }) => type);
      assert.ok(types.includes("kubernetes:apps/v1:Deployment"));
    });

    it("by SIGKILL leaves no process, and the next update goes on", async () => {
      const { run, processes } = await waiting();
      run.kill("SIGKILL");
      await run;
      await ended(processes);
      // What it had made before it could record it is taken up where it was left.
      await project.pulumi("cancel", "--yes");
      project.declare({ web: deployment() });
      assert.match(ok(await project.up()).messages, /carries on from a run that was interrupted/);
    });
  });

  describe("the provider's arguments", () => {
    const nowhere = JSON.stringify({
      "current-context": "c",
      clusters: [{ name: "c", cluster: { server: "https://127.0.0.1:1" } }],
      users: [{ name: "c", user: {} }],
      contexts: [{ name: "c", context: { cluster: "c", user: "c" } }],
    });
    const withProvider = (
      inputs: object,
      declared: Declared = configMap({ k: "v" }, "a"),
    ): void => {
      project.declare({
        provider: { type: "provider", inputs },
        a: { ...declared, options: { provider: "provider" } },
      });
    };
    const refusals: Record<string, [object, RegExp]> = {
      "an unreachable API server": [
        { kubeconfig: nowhere },
        /the Kubernetes API at https:\/\/127.0.0.1:1 \(context "c"\) cannot be reached: connect ECONNREFUSED/,
      ],
      "a kubeconfig that is not there": [
        { kubeconfig: "/no/such/file" },
        /no Kubernetes cluster to talk to: there is no kubeconfig \/no\/such\/file/,
      ],
      "a kubeconfig that is none": [
        { kubeconfig: "a: [b" },
        /no Kubernetes cluster to talk to: the given kubeconfig is not a kubeconfig/,
      ],
      "a context that is not there": [
        { kubeconfig: nowhere, context: "other" },
        /there is no context of the given kubeconfig named "other"; there are: c/,
      ],
      "client-side apply": [{ enableServerSideApply: false }, /always applies server-side/],
      "rendering to files": [{ renderYamlToDirectory: "out" }, /install the official plugin/],
    };
    for (const [title, [inputs, message]] of Object.entries(refusals)) {
      it(`refuse ${title} in one sentence`, async () => {
        withProvider(inputs);
        const run = await project.preview();
        refused(run, message);
        assert.doesNotMatch(run.messages, /\n {4}at /);
      });
    }

    it("refuse a provider without a context in strict mode", async () => {
      await project.must("config", "set", "kubernetes:strictMode", "true");
      withProvider({ kubeconfig: nowhere });
      refused(await project.preview(), /strict mode requires Provider "context" argument/);
      project.declare({ a: configMap({ k: "v" }, "a") });
      refused(await project.preview(), /strict mode prohibits default provider/);
    });

    it("name the namespace of objects that name none", async () => {
      const { type, inputs } = configMap({ k: "v" }, "a");
      const bare = { ...inputs, metadata: { name: "a" } };
      withProvider({ namespace }, { type, inputs: bare });
      ok(await project.up());
      assert.equal(await live("configmap/a", ".data.k"), "v");
    });

    it("tell what to do with resources whose cluster is gone", async () => {
      withProvider({ clusterIdentifier: "one" });
      ok(await project.up());
      const identity = { kubeconfig: nowhere, clusterIdentifier: "one" };
      withProvider(identity);
      refused(await project.preview(), /cannot be reached/);
      withProvider({ ...identity, skipUpdateUnreachable: true });
      const skipped = ok(await project.up());
      assert.match(skipped.messages, /left as it is \(skipUpdateUnreachable\)/);
      withProvider({ ...identity, deleteUnreachable: true });
      await project.pulumi("up", "--yes", "--skip-preview", "--target=**provider");
      const forgotten = ok(await project.destroy());
      assert.match(forgotten.messages, /forgotten \(deleteUnreachable\)/);
      await kubectl("delete", "configmap/a", `--namespace=${namespace}`);
    });
  });

  describe("what it leaves to the official plugin", () => {
    const refusals: Record<string, [string, object, RegExp]> = {
      "a Helm release": ["kubernetes:helm.sh/v3:Release", { chart: "x" }, /needs Helm/],
      "a patch": [
        "kubernetes:core/v1:ConfigMapPatch",
        { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" } },
        /patches an object that something else owns/,
      ],
      "pulumi.com/waitFor": [
        "kubernetes:core/v1:ConfigMap",
        {
          apiVersion: "v1",
          kind: "ConfigMap",
          metadata: { name: "a", annotations: { "pulumi.com/waitFor": "condition=Ready" } },
        },
        /is not supported by Slipway's stand-in/,
      ],
    };
    for (const [title, [type, inputs, message]] of Object.entries(refusals)) {
      it(`refuses ${title} and says so`, async () => {
        project.declare({ a: { type, inputs } });
        refused(await project.preview(), message);
      });
    }
  });
});

function ok(run: Run): Run {
  assert.ok(run.ok, run.messages === "" ? run.output : run.messages);
  return run;
}

function refused(run: Run, message: RegExp): void {
  assert.ok(!run.ok, "it was not refused");
  assert.match(run.messages, message);
}

const ops = ({ steps }: Run, name: string): string[] =>
  steps.filter((step) => step.name === name && step.op !== "same").map(({ op }) => op);

const base64 = (text: string): string => Buffer.from(text).toString("base64");

async function kubectl(...args: string[]): Promise<string> {
  const { stdout } = await execa("kubectl", args, { env: sessionEnv(layout()) });
  return stdout;
}

/** Processes started by a process, and those started by them. */
async function descendants(pid: number): Promise<number[]> {
  const { stdout } = await execa("ps", ["-e", "-o", "pid=,ppid="]);
  const parents = stdout.split("\n").map((line) => line.trim().split(/\s+/).map(Number));
  const below = (parent: number): number[] =>
    parents.filter(([, of]) => of === parent).flatMap(([child = 0]) => [child, ...below(child)]);
  return below(pid);
}

async function isAlive(pid: number): Promise<boolean> {
  const { exitCode } = await execa("ps", ["-p", String(pid)], { reject: false });
  return exitCode === 0;
}
