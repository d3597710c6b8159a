import * as assert from "node:assert/strict";
import type { Declared, Project } from "../support/engine";
import { PluginLab, kubectl, ok, refused } from "../support/plugin-lab";

/** The kubernetes plugin on the real engine and a real API server. Each test has a project and a namespace of its own. */
describe("the kubernetes plugin", function () {
  this.timeout(300_000);
  const lab = new PluginLab();
  const { configMap, live } = lab;
  let project: Project;
  let namespace: string;
  beforeEach(async () => {
    ({ project, namespace } = await lab.open());
  });
  afterEach(() => lab.close());

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
