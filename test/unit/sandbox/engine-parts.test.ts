import * as assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  binDir,
  engineParts,
  officialCli,
  prepareEngine,
  pulumiHome,
} from "../../../sandbox/engine";
import type { Layout } from "../../../sandbox/layout";
import { silent } from "../../../sandbox/progress";

/** A machine with a HOME and a PATH, with scripts in place of programs. */
describe("the parts of the engine", () => {
  const saved = { HOME: process.env["HOME"], PATH: process.env["PATH"] };
  let machine: string;
  let layout: Layout;

  beforeEach(() => {
    machine = mkdtempSync(join(tmpdir(), "slipway-engine-"));
    layout = {
      name: "engine",
      id: "00000000",
      cache: join(machine, "cache"),
      state: join(machine, "state"),
    };
    for (const folder of ["path", "home", "tools"]) mkdirSync(join(machine, folder));
    process.env["HOME"] = join(machine, "home");
    process.env["PATH"] = [join(machine, "path"), "/usr/bin", "/bin"].join(":");
    // Results of the toolchain: a CLI without internet access, and the plugins with public sources.
    script("tools/pulumi", 'echo "warning: Error downloading plugin"; exit 1');
    script("tools/pulumi-resource-docker-build", "exit 0");
    script("tools/pulumi-resource-kubernetes", "exit 0");
  });

  afterEach(() => {
    Object.assign(process.env, saved);
    rmSync(machine, { recursive: true, force: true });
  });

  function script(path: string, text: string): void {
    writeFileSync(join(machine, path), `#!/bin/sh\n${text}\n`);
    chmodSync(join(machine, path), 0o755);
  }

  const plugin = (name: string, ...file: string[]): string =>
    join(pulumiHome(layout), "plugins", `resource-${name}`, ...file);
  const prepare = (): ReturnType<typeof prepareEngine> =>
    prepareEngine(layout, (name) => join(machine, "tools", name), silent);

  it("are built, or stood in for, where nothing official is installed or reachable", async () => {
    const parts = await prepare();
    assert.deepEqual(
      parts.map(({ name, version, source }) => `${name} ${version}: ${source}`),
      [
        "pulumi 3.246.0: official, built from its Go module",
        "language host 3.246.0: stand-in",
        "docker-build 0.0.22: official, built from its Go module",
        "kubernetes 4.25.0: official, built from its Go module",
        "command 1.2.1: stand-in",
      ],
    );
    assert.ok(existsSync(plugin("kubernetes-v4.25.0", "pulumi-resource-kubernetes")));
    for (const file of ["pulumi", "pulumi-language-nodejs"]) {
      assert.ok(existsSync(join(binDir(layout), file)), file);
    }
    assert.deepEqual(engineParts(layout), parts);
  });

  it("are official where they are installed, and nothing of ours is placed", async () => {
    script("path/pulumi", "echo v3.250.1");
    const plugins = join(machine, "home", ".pulumi", "plugins");
    const installed = [
      "resource-kubernetes-v4.33.0",
      "resource-command-v1.2.1",
      "resource-docker-build-v0.0.22",
    ];
    for (const name of installed) {
      mkdirSync(join(plugins, name), { recursive: true });
      writeFileSync(join(plugins, name, "PulumiPlugin.yaml"), "");
    }
    const parts = await prepare();
    assert.deepEqual([...new Set(parts.map(({ source }) => source))], ["official"]);
    assert.ok(!existsSync(binDir(layout)));
    for (const name of installed) {
      const folder = join(pulumiHome(layout), "plugins", name);
      // The engine ignores a folder that is a link.
      assert.ok(lstatSync(folder).isDirectory());
      const file = "PulumiPlugin.yaml";
      assert.equal(readlinkSync(join(folder, file)), join(plugins, name, file));
    }
  });

  for (const [installed, used] of Object.entries({
    "4.24.9": "4.25.0",
    "5.0.0": "4.25.0",
    "4.25.0 4.9.0": "4.25.0",
    "4.26.0 4.30.1 4.30.0": "4.30.1",
  })) {
    it(`have kubernetes ${used} where the user has ${installed}`, async () => {
      for (const version of installed.split(" ")) {
        const folder = `resource-kubernetes-v${version}`;
        mkdirSync(join(machine, "home", ".pulumi", "plugins", folder), { recursive: true });
      }
      const parts = await prepare();
      assert.equal(parts.find(({ name }) => name === "kubernetes")?.version, used);
    });
  }

  it("take each official plugin that the one attempt to fetch it brings", async () => {
    script("tools/pulumi", '[ "$4" = kubernetes ] && echo "Downloading plugin: 1%"');
    const parts = await prepare();
    const source = (of: string): string | undefined =>
      parts.find(({ name }) => name === of)?.source;
    assert.deepEqual(["kubernetes", "command"].map(source), ["official", "stand-in"]);
  });

  it("are completed in a sandbox of a checkout that knew fewer of them", async () => {
    const first = await prepare();
    const fewer = first.filter(({ name }) => name !== "command");
    writeFileSync(join(layout.state, "engine.json"), JSON.stringify(fewer));
    rmSync(plugin("command-v1.2.1"), { recursive: true });
    assert.deepEqual(await prepare(), first);
    assert.ok(existsSync(plugin("command-v1.2.1", "pulumi-resource-command")));
  });

  it("are chosen again if an earlier checkout stood in for what is built today", async () => {
    const first = await prepare();
    const earlier = first.map((part) =>
      part.name === "kubernetes" ? { ...part, version: "4.32.0", source: "stand-in" } : part,
    );
    writeFileSync(join(layout.state, "engine.json"), JSON.stringify(earlier));
    mkdirSync(plugin("kubernetes-v4.32.0"), { recursive: true });
    assert.deepEqual(new Set(await prepare()), new Set(first));
    assert.ok(!existsSync(plugin("kubernetes-v4.32.0")));
  });

  it("are not taken for official if an interrupted run has left a stand-in", async () => {
    await prepare();
    rmSync(join(layout.state, "engine.json"));
    // Like the real one: what is in the folder counts as installed.
    script("tools/pulumi", '[ -e "$PULUMI_HOME/plugins/resource-$4-v$5" ]');
    const parts = await prepare();
    assert.equal(parts.find(({ name }) => name === "command")?.source, "stand-in");
  });

  it("stay as they were chosen: a second run asks nobody", async () => {
    const first = await prepare();
    script("tools/pulumi", "exit 9");
    script("path/pulumi", "echo v3.250.1");
    assert.deepEqual(await prepare(), first);
  });

  for (const [version, found] of [
    ["v3.246.0", true],
    ["v3.300.2", true],
    ["v3.245.9", false],
    ["v4.0.0", false],
  ] as const) {
    it(`${found ? "accept" : "pass over"} pulumi ${version} on PATH`, async () => {
      script("path/pulumi", `echo ${version}`);
      assert.equal((await officialCli()) !== undefined, found);
    });
  }

  it("pass over another sandbox's pulumi, which `slipway env` has put on the PATH", async () => {
    mkdirSync(join(machine, "other", "bin"), { recursive: true });
    writeFileSync(join(machine, "other", "engine.json"), "[]");
    script("other/bin/pulumi", "echo v3.246.0");
    process.env["PATH"] = `${join(machine, "other", "bin")}:${saved.PATH ?? ""}`;
    assert.equal(await officialCli(), undefined);
  });
});
