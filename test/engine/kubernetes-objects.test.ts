import * as assert from "node:assert/strict";
import { changed, type Declared, type Project } from "../support/engine";
import { eventually } from "../../sandbox/eventually";
import {
  PluginLab,
  descendants,
  isAlive,
  kubectl,
  nowhere,
  ok,
  ops,
  refused,
  unschedulable,
} from "../support/plugin-lab";

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
});
