import * as assert from "node:assert/strict";
import { execa } from "execa";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { prepareEngine, pulumiHome } from "../../sandbox/engine";
import { eventually } from "../../sandbox/eventually";
import { layout } from "../../sandbox/layout";
import { silent } from "../../sandbox/progress";
import { toolchain } from "../../sandbox/toolchain/build";
import { toolVersion } from "../../sandbox/toolchain/plan";
import { changed, Project } from "../support/engine";
import { PluginLab, base64, descendants, isAlive, ok } from "../support/plugin-lab";

/** The behaviour of the Kubernetes plugin that the product relies on, on the real engine and a real API server. */
describe("the kubernetes plugin", function () {
  this.timeout(300_000);
  const lab = new PluginLab();
  const { object, configMap, deployment, live } = lab;
  let project: Project;

  beforeEach(async () => {
    ({ project } = await lab.open());
  });
  afterEach(() => lab.close());

  it("is used as it is, without a message about versions", async () => {
    project.declare({ a: configMap({ k: "v" }, "a") });
    const run = ok(await project.up());
    assert.doesNotMatch(run.output, /"severity":"(warning|error)"/);
  });

  it("changes what a ConfigMap holds in place, and finds nothing to do after that", async () => {
    const inputs = { enableConfigMapMutable: true };
    const declare = (value: string): void => {
      project.declare({
        cluster: { type: "provider", inputs },
        a: { ...configMap({ k: value }, "a"), options: { provider: "cluster" } },
      });
    };
    declare("1");
    ok(await project.up());
    declare("2");
    assert.deepEqual(changed(ok(await project.up())), ["a: update"]);
    assert.equal(await live("configmap/a", ".data.k"), "2");
    assert.deepEqual(changed(ok(await project.up())), []);
    assert.deepEqual(changed(ok(await project.refresh())), []);
  });

  it("records no secret in clear, neither as text nor in base64", async () => {
    const canary = "canary-in-a-coal-mine";
    const metadata = { labels: { app: "web" }, annotations: { note: { $secret: canary } } };
    const container = { name: "main", image: "example.invalid/web:1" };
    const env = [{ name: "KEY", value: { $secret: canary } }];
    project.declare({
      given: object("core/v1:Secret", "given", { stringData: { key: { $secret: canary } } }),
      plain: object("core/v1:Secret", "plain", { stringData: { key: canary } }),
      nested: deployment({
        replicas: 0,
        template: { metadata, spec: { containers: [{ ...container, env }] } },
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
  });

  describe("that is cut off while it waits", () => {
    /** An update that waits for a Deployment forever; resolves once the object exists. */
    const waiting = async (): Promise<{
      run: ReturnType<Project["start"]>;
      processes: number[];
    }> => {
      const containers = [{ name: "main", image: "example.invalid/web:1" }];
      // No pod is created for a missing ServiceAccount; any pod would become ready on the simulated node.
      const spec = { serviceAccountName: "no-such", containers };
      const template = { metadata: { labels: { app: "web" } }, spec };
      project.declare({ web: deployment({ template }) });
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

    it("by SIGINT has recorded what was made, and leaves no process", async () => {
      const { run, processes } = await waiting();
      run.kill("SIGINT");
      const { exitCode } = await run;
      assert.notEqual(exitCode, 0);
      await ended(processes);
      const types = (await project.state()).map(({ type }) => type);
      assert.ok(types.includes("kubernetes:apps/v1:Deployment"), types.join());
    });

    it("by SIGKILL of the engine leaves no process, and the next update continues", async () => {
      const { run, processes } = await waiting();
      run.kill("SIGKILL");
      await run;
      await ended(processes);
      await project.pulumi("cancel", "--yes");
      project.declare({ web: deployment({ replicas: 0 }) });
      ok(await project.up());
      assert.equal(await live("deployment/web", ".spec.replicas"), "0");
    });
  });
});

/** The engine's own search for plugins, in a home with one in a real folder, as the official engine installs it. */
describe("an installed kubernetes plugin", function () {
  this.timeout(120_000);
  const folder = mkdtempSync(join(tmpdir(), "slipway-installed-"));
  const saved = process.env["HOME"];
  after(() => {
    process.env["HOME"] = saved;
    rmSync(folder, { recursive: true });
  });

  it("is the one that the engine starts", async () => {
    const [used, version] = [join(folder, "used"), toolVersion("pulumi-kubernetes")];
    const { binary } = toolchain(layout());
    const install = (name: string, file: string, text: string): void => {
      const at = join(folder, ".pulumi", "plugins", name);
      mkdirSync(at, { recursive: true });
      writeFileSync(join(at, file), `#!/bin/sh\n${text}\n`);
      chmodSync(join(at, file), 0o755);
    };
    const start = `touch ${used}\nexec ${binary("pulumi-resource-kubernetes")} "$@"`;
    install(`resource-kubernetes-v${version}`, "pulumi-resource-kubernetes", start);
    install("resource-command-v1.2.1", "pulumi-resource-command", "exit 1");
    const here = { ...layout(), state: join(folder, "state") };
    process.env["HOME"] = folder;
    const parts = await prepareEngine(here, binary, silent);
    process.env["HOME"] = saved;
    const part = { name: "kubernetes", version, source: "official" };
    assert.deepEqual(
      parts.find(({ name }) => name === "kubernetes"),
      part,
    );

    const project = new Project({ PULUMI_HOME: pulumiHome(here) });
    await project.init();
    const metadata = { name: "a", namespace: "default" };
    const inputs = { apiVersion: "v1", kind: "ConfigMap", metadata };
    project.declare({ a: { type: "kubernetes:core/v1:ConfigMap", inputs } });
    const run = ok(await project.preview());
    rmSync(project.folder, { recursive: true });
    assert.ok(existsSync(used), "another plugin was started");
    assert.doesNotMatch(run.output, /"severity":"(warning|error)"/);
  });
});
