import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ProgramInfo, RunRequest } from "@pulumi/pulumi/proto/language_pb";
import { installLanguageHost, installProvider, script } from "../../../sandbox/plugins/install";
import { dependencies, pulumiPackages } from "../../../sandbox/plugins/language-nodejs/packages";
import {
  outcome,
  programArguments,
  programEnvironment,
  runtimeOptions,
} from "../../../sandbox/plugins/language-nodejs/program";

describe("the end of a program", () => {
  const cases: Record<string, [Parameters<typeof outcome>, string | undefined, boolean]> = {
    "is good": [[0, null], undefined, false],
    "has been told": [[32, null], undefined, true],
    "is an exit code": [[1, null], "Program exited with non-zero exit code: 1", false],
    "is a signal": [[null, "SIGKILL"], "Program exited on signal SIGKILL", false],
  };
  for (const [title, [args, error, reported]] of Object.entries(cases)) {
    it(title, () => {
      const found = outcome(...args);
      assert.deepEqual([found.error, found.reported], [error, reported]);
    });
  }

  it("is most likely a lack of memory when Node aborts", () => {
    for (const found of [outcome(134, null), outcome(null, "SIGABRT")]) {
      assert.match(found.error ?? "", /out of memory.*--max-old-space-size/);
    }
  });
});

describe("the start of a program", () => {
  const request = new RunRequest()
    .setProject("p")
    .setStack("s")
    .setMonitorAddress("127.0.0.1:1")
    .setParallel(4)
    .setInfo(
      new ProgramInfo()
        .setRootDirectory("/root")
        .setProgramDirectory("/program")
        .setEntryPoint("."),
    )
    .setConfigsecretkeysList(["p:b"]);
  request.getConfigMap().set("p:a", "1").set("p:b", "2");

  it("passes the engine's request to the SDK's runner", () => {
    const expected =
      "--monitor 127.0.0.1:1 --engine 127.0.0.1:2 --project p --root-directory /root --stack s --pwd /program --parallel 4";
    assert.equal(programArguments(request, "127.0.0.1:2").join(" "), expected);
    const dry = request.clone().setDryrun(true);
    assert.equal(programArguments(dry, "127.0.0.1:2").at(-1), "--dry-run");
  });

  it("hands over the configuration", () => {
    assert.deepEqual(programEnvironment(request), {
      PULUMI_CONFIG: '{"p:a":"1","p:b":"2"}',
      PULUMI_CONFIG_SECRET_KEYS: '["p:b"]',
    });
  });

  it("follows the options of Pulumi.yaml", () => {
    assert.deepEqual(runtimeOptions({}), {
      nodeArguments: [],
      environment: { PULUMI_NODEJS_TYPESCRIPT: "true" },
    });
    const options = {
      typescript: false,
      tsconfig: "t.json",
      nodeargs: `--a=1 --title='x y' "b c"`,
    };
    assert.deepEqual(runtimeOptions(options), {
      nodeArguments: ["--a=1", "--title=x y", "b c"],
      environment: { PULUMI_NODEJS_TSCONFIG_PATH: "t.json" },
    });
  });
});

describe("a program's packages", () => {
  const folder = mkdtempSync(join(tmpdir(), "slipway-packages-"));
  const manifest = (path: string, content: object): void => {
    const file = join(folder, path, "package.json");
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify(content));
  };
  before(() => {
    const sdk = { "@pulumi/pulumi": "*" };
    manifest("", {
      dependencies: { "@pulumi/kubernetes": "*", component: "*", plain: "*" },
      devDependencies: { mocha: "*" },
    });
    manifest("node_modules/@pulumi/kubernetes", {
      name: "@pulumi/kubernetes",
      version: "4.32.0",
      dependencies: sdk,
      pulumi: { resource: true },
    });
    manifest("node_modules/@pulumi/pulumi", { name: "@pulumi/pulumi", version: "3.0.0" });
    manifest("node_modules/component", {
      name: "component",
      version: "1.0.0",
      dependencies: { ...sdk, inner: "*" },
    });
    manifest("node_modules/component/node_modules/inner", {
      name: "inner",
      version: "2.0.0",
      peerDependencies: sdk,
      pulumi: {
        resource: true,
        name: "within",
        version: "v2.1.0",
        server: "https://example.invalid",
      },
    });
    manifest("node_modules/plain", {
      name: "plain",
      version: "3.0.0",
      dependencies: { hidden: "*" },
    });
    manifest("node_modules/hidden", {
      name: "hidden",
      version: "1.0.0",
      pulumi: { resource: true },
    });
    manifest("node_modules/mocha", { name: "mocha", version: "4.0.0" });
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  it("that stand for plugins are found wherever the SDK leads", async () => {
    assert.deepEqual(await pulumiPackages(folder), [
      { name: "kubernetes", version: "4.32.0", server: undefined },
      { name: "within", version: "2.1.0", server: "https://example.invalid" },
    ]);
  });

  it("are listed", async () => {
    const names = async (transitive: boolean): Promise<string[]> =>
      (await dependencies(folder, transitive)).map(({ name }) => name);
    assert.deepEqual(await names(false), ["@pulumi/kubernetes", "component", "mocha", "plain"]);
    assert.deepEqual(await names(true), [
      "@pulumi/kubernetes",
      "@pulumi/pulumi",
      "component",
      "hidden",
      "inner",
      "mocha",
      "plain",
    ]);
  });

  it("are none where there is no program", async () => {
    assert.deepEqual(await pulumiPackages(join(folder, "no such")), []);
  });
});

describe("the plugins' executables", () => {
  const folder = mkdtempSync(join(tmpdir(), "slipway-install-"));
  after(() => {
    rmSync(folder, { recursive: true });
  });

  it("are where the engine looks, and stay as they are when written again", async () => {
    const paths = ["pulumi-language-nodejs", "pulumi-resource-pulumi-nodejs"]
      .map((name) => join(folder, "bin", name))
      .concat(join(folder, "home/plugins/resource-command-v1.2.1/pulumi-resource-command"));
    const install = async (): Promise<number[]> => {
      await installLanguageHost(join(folder, "bin"));
      await installProvider(join(folder, "home"), "command", "1.2.1");
      return paths.map((path) => statSync(path).ino);
    };
    const first = await install();
    assert.deepEqual(await install(), first);
    for (const path of paths) {
      assert.equal(statSync(path).mode & 0o777, 0o755);
      assert.match(readFileSync(path, "utf8"), /^#!\/bin\/sh\nexec '/);
    }
  });

  it("hand their arguments on, whatever is in the way's names", () => {
    const path = join(folder, "it's here");
    writeFileSync(path, "");
    const found = spawnSync("sh", ["-s", "one", "two words"], {
      input: script(["printf", "%s|", path]),
    });
    assert.equal(found.stdout.toString(), `${path}|one|two words|`);
  });
});
