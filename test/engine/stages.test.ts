import assert from "node:assert/strict";
import { execa } from "execa";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { layout } from "../../sandbox/layout";
import { sessionEnv } from "../../sandbox/session";
import { changes, ProgramCopy, type EngineStep } from "../../sandbox/program-copy";
import { walkAll } from "../support/suites";

const project = "SJZY.Package.Api";
const name = "sjzy-package-api";
const namespace = "stages-test";
const others = [
  ...["Packet_BSI_PC_UI", "Packet_OutCustome_PC_UI", "Packet_Shopman_Web_UI"],
  ...["SJZY.Package.Output.Api", "SJZY.Package.Task.Api"],
];
/** Limits of an update to one project, and to all of it. */
const target = ["--target", `**::${name}`, "--target", `**::${name}--*`];
const settings = (strategy: string) =>
  [
    `name: ${project}\nkind: back\nport: 8086\nreplicas: 2`,
    "probes: { check: /healthz }",
    "check: { path: /, version: tag, timeout: 10 }",
    `strategy: ${strategy}\n`,
  ].join("\n");

/** Manual releases: records edited, then `pulumi up`; each test continues where the previous one ended. */
walkAll("stages of a release on the engine", function () {
  this.timeout(600_000);
  const program = new ProgramCopy();
  const digests: Record<string, string> = {};

  const path = (file: string) => join(program.folder, file);
  /** Writes the project's record. */
  const release = (record?: object): void => {
    const file = parse(readFileSync(path("Pulumi.test.yaml"), "utf8")) as {
      config: Record<string, unknown>;
    };
    file.config["slipway:system"] = "stages";
    file.config["slipway:releases"] = record === undefined ? {} : { [project]: record };
    writeFileSync(path("Pulumi.test.yaml"), stringify(file));
  };
  const version = (tag: string) => ({ tag, digest: digests[tag] ?? assert.fail(tag) });
  const build = async (tag: string, change: (text: string) => string) => {
    program.edit(`examples/${project}/package.json`, (text) => text.replace(/\d+\.\d+\.\d+/, tag));
    program.edit(`examples/${project}/server.js`, (text) => `${change(text)}\n// ${tag}\n`);
    await program.up();
    const { stdout } = await program.pulumi("stack", "output", "projects", "--json");
    const outputs = JSON.parse(stdout) as Record<string, { digest: string }>;
    digests[tag] = outputs[project]?.digest ?? assert.fail("no digest among the outputs");
  };
  /** What one update did. */
  const up = async () => told(await program.up(...target));

  before(async () => {
    for (const other of others) rmSync(path(`projects/${other}.yaml`));
    release();
    await program.init();
    await build("1.0.1", (text) => text);
    await build("1.0.2", (text) => text);
    await build("1.0.3", (text) => text.replace("send(200, about())", 'send(500, "out of ink")'));
  });
  after(async () => {
    await program.destroy();
    program.remove();
  });

  it("a version in a record takes the place of what was built here", async () => {
    writeFileSync(path(`projects/${project}.yaml`), settings("blueGreen"));
    release(version("1.0.1"));
    const done = await up();
    assert.ok(done.includes("create Job --check"), done.join("\n"));
    assert.deepEqual(await serving(), ["a", "1.0.1"]);
  });

  it("blueGreen: beside, switch, and the old one goes", async () => {
    const next = { ...version("1.0.2"), strategy: "blueGreen" };
    release({ ...version("1.0.1"), next: { ...next, step: "beside" } });
    assert.deepEqual(await up(), [
      "create Deployment --b",
      "create Job --check",
      "create Service --next-b",
      "delete Job --check",
      "delete Service --next-a",
    ]);
    assert.deepEqual(await serving(), ["a", "1.0.1"]);
    release({ ...version("1.0.1"), next: { ...next, step: "switch" } });
    assert.deepEqual(await up(), ["update Service"]);
    assert.deepEqual(await serving(), ["b", "1.0.2"]);
    release({ ...version("1.0.2"), slot: "b", strategy: "blueGreen" });
    assert.deepEqual(await up(), ["delete Deployment"]);
    assert.deepEqual(told(await program.up()), []);
  });

  it("a failed check leaves the traffic where it was, and reports why", async () => {
    const next = { ...version("1.0.3"), strategy: "blueGreen", step: "switch" };
    const record = { ...version("1.0.2"), slot: "b", strategy: "blueGreen" };
    release({ ...record, next });
    const { exitCode, all } = await program.pulumi(
      ...["up", "--yes", "--skip-preview", "--stack", "test", ...target],
    );
    assert.notEqual(exitCode, 0);
    assert.match(all, /status 500 instead of 200/);
    assert.match(all, /out of ink/);
    assert.deepEqual(await serving(), ["b", "1.0.2"]);

    release(record);
    const back = await up();
    assert.deepEqual(await serving(), ["b", "1.0.2"]);
    assert.ok(back.includes("delete Deployment"), back.join("\n"));
  });

  it("halves: one out of the traffic, upgraded, and then the other", async () => {
    writeFileSync(path(`projects/${project}.yaml`), settings("halves"));
    const old = { ...version("1.0.2"), slot: "b", strategy: "blueGreen" };
    const next = { ...version("1.0.1"), strategy: "halves" };
    const walked: [step: string, done: string[], serves: string[]][] = [
      [
        "drain",
        [
          "create Deployment",
          "create Service --next-a",
          "delete Job --check",
          "delete Service --next-b",
        ],
        ["b", "1.0.2"],
      ],
      ["upgrade", ["create Job --check", "update Deployment"], ["b", "1.0.2"]],
      ["switch", ["update Service"], ["a", "1.0.1"]],
      ["follow", ["update Deployment --b", "update Service"], ["both", "1.0.1"]],
    ];
    for (const [step, done, serves] of walked) {
      release({ ...old, next: { ...next, step } });
      assert.deepEqual(await up(), done, step);
      assert.deepEqual(await serving(), serves, step);
    }
    release({ ...version("1.0.1"), slot: "b", strategy: "halves" });
    assert.deepEqual(await up(), ["update Deployment", "update Deployment --b"]);
    assert.deepEqual(told(await program.up()), []);
  });

  it("canary: from halves, by weight and by header", async () => {
    const strategy = { kind: "canary", steps: [{ weight: 10 }], header: { name: "X-Try" } };
    writeFileSync(path(`projects/${project}.yaml`), settings(JSON.stringify(strategy)));
    const old = { ...version("1.0.1"), slot: "b", strategy: "halves" };
    const next = { ...version("1.0.2"), strategy };
    const walked: [step: string, done: string[], serves: string[]][] = [
      ["drain", ["delete Job --check", "update Deployment --b", "update Service"], ["b", "1.0.1"]],
      [
        "weight 10",
        ["create Ingress --canary", "create Job --check", "update Deployment"],
        ["b", "1.0.1"],
      ],
      [
        "switch",
        ["delete Ingress --canary", "update Deployment", "update Service"],
        ["a", "1.0.2"],
      ],
    ];
    for (const [step, done, serves] of walked) {
      release({ ...old, next: { ...next, step } });
      assert.deepEqual(await up(), done, step);
      assert.deepEqual(await serving(), serves, step);
    }
    release({ ...version("1.0.2"), slot: "a", strategy });
    assert.deepEqual(await up(), ["delete Deployment --b"]);
    assert.deepEqual(told(await program.up()), []);
  });

  it("a pull comes first and leaves nothing", async () => {
    const strategy = "blueGreen";
    writeFileSync(path(`projects/${project}.yaml`), `${settings(strategy)}prepull: true\n`);
    const next = { ...version("1.0.1"), strategy };
    release({ ...version("1.0.2"), next: { ...next, step: "pull" } });
    assert.deepEqual(await up(), ["create DaemonSet --pull", "delete Job --check"]);
    release({ ...version("1.0.2") });
    assert.deepEqual(await up(), ["create Job --check", "delete DaemonSet --pull"]);
    assert.deepEqual(told(await program.up()), []);
  });

  /** The slot that the Service selects, and the version that answers there. */
  async function serving(): Promise<string[]> {
    const selector = await kubectl("get", "service", name, "--output=jsonpath={.spec.selector}");
    const { "slipway/slot": slot = "both" } = JSON.parse(selector) as Record<string, string>;
    const deployment = slot === "a" || slot === "both" ? name : `${name}--b`;
    const text = await kubectl("get", "deployment", deployment, "--output=json");
    const { metadata, spec } = JSON.parse(text) as {
      metadata: { annotations: Record<string, string> };
      spec: { template: { spec: { containers: { image: string }[] } } };
    };
    const tag = metadata.annotations["slipway/tag"] ?? "";
    const image = spec.template.spec.containers[0]?.image ?? "";
    assert.ok(image.endsWith(`@${digests[tag] ?? ""}`), `${image} is not ${tag}`);
    return [slot, tag];
  }
});

/** Changes, all of them in the project: `update Service --next-b`. */
function told(steps: readonly EngineStep[]): string[] {
  return changes(steps)
    .map(({ op, urn, type }) => {
      const resource = urn.slice(urn.lastIndexOf("::") + 2);
      assert.ok(resource === name || resource.startsWith(`${name}--`), `${op} ${urn}`);
      const rest = resource.slice(name.length).replace(/--check-.*/, "--check");
      return `${op} ${type.slice(type.lastIndexOf(":") + 1)} ${rest}`.trim();
    })
    .sort();
}

async function kubectl(...args: string[]): Promise<string> {
  const all = [...args, `--namespace=${namespace}`];
  const { stdout } = await execa("kubectl", all, { env: sessionEnv(layout()) });
  return stdout;
}
