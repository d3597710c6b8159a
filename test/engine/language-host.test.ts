import * as assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { engineParts } from "../../sandbox/engine";
import { layout } from "../../sandbox/layout";
import { Project, type Run } from "../support/engine";
import { eventually } from "../../sandbox/eventually";

/** The Node language host under the real engine. */
describe("the language host", function () {
  this.timeout(120_000);
  let project: Project;

  beforeEach(async () => {
    project = new Project();
    await project.init();
  });
  afterEach(() => project.remove());

  it("runs a TypeScript program with its configuration, arguments of Node and output", async () => {
    project.runtime("typescript: true, nodeargs: '--max-old-space-size=321'");
    project.write(
      "tsconfig.json",
      JSON.stringify({
        compilerOptions: { module: "nodenext", target: "es2023", skipLibCheck: true },
      }),
    );
    project.write(
      "index.ts",
      `import * as pulumi from "@pulumi/pulumi";
       const config = new pulumi.Config();
       console.log("heap", process.execArgv.join());
       export const plain: string = config.require("plain");
       export const secret: pulumi.Output<string> = config.requireSecret("secret");
       export const where = [pulumi.getProject(), pulumi.getStack(), process.cwd()];`,
    );
    rmSync(join(project.folder, "index.js"));
    await project.must("config", "set", "plain", "of the stack");
    await project.must("config", "set", "--secret", "secret", "canary-of-the-host");
    const run = await project.up();
    assert.ok(run.ok, run.output);
    assert.match(run.messages, /heap .*--max-old-space-size=321/);
    const shown = await project.must("stack", "output", "--json");
    assert.deepEqual(JSON.parse(shown.output), {
      plain: "of the stack",
      secret: "[secret]",
      where: ["p", "s", project.folder],
    });
    assert.doesNotMatch(run.messages, /canary-of-the-host/);
  });

  const failures: Record<string, [string, RegExp, RegExp]> = {
    "an error for a person, without a stack trace": [
      `throw new (require("@pulumi/pulumi").RunError)("set the port first");`,
      /set the port first/,
      /non-zero exit code|\n {4}at /,
    ],
    "an exception, once": [
      `throw new Error("broken program");`,
      /unhandled exception[^]*broken program/,
      /non-zero exit code/,
    ],
    "an exit of its own": [`process.exit(3);`, /exited with non-zero exit code: 3/, /at Object/],
    "a death by a signal": [
      `process.kill(process.pid, "SIGTERM");`,
      /exited on signal SIGTERM/,
      /at Object/,
    ],
  };
  for (const [title, [program, told, untold]] of Object.entries(failures)) {
    it(`reports ${title}`, async () => {
      project.write("index.js", program);
      const run = await project.preview();
      assert.ok(!run.ok);
      assert.match(run.messages, told);
      assert.doesNotMatch(run.messages, untold);
    });
  }

  it("prints the fix when the SDK is not installed", async () => {
    rmSync(join(project.folder, "node_modules"));
    const run = await project.preview();
    assert.ok(!run.ok);
    assert.match(messages(run), /the Pulumi SDK is not installed in \S+: run `npm ci` there/);
  });

  it("names the program's plugins and packages", async () => {
    const { output } = await project.must("about", "--json");
    const about = JSON.parse(output) as {
      plugins: { name: string; version: string }[];
      dependencies: { name: string; version: string }[];
      runtime: { executable: string };
    };
    const { version } = about.plugins.find(({ name }) => name === "kubernetes") ?? {};
    const parts = engineParts(layout());
    assert.equal(version, parts?.find(({ name }) => name === "kubernetes")?.version);
    assert.deepEqual(
      about.dependencies.map(({ name }) => name),
      ["@pulumi/kubernetes"],
    );
  });

  it("finds nothing to install if the packages are there", async () => {
    const run = await project.must("install");
    assert.doesNotMatch(run.output, /npm/);
  });

  it("runs dynamic providers", async () => {
    project.write(
      "index.js",
      `const pulumi = require("@pulumi/pulumi");
       const provider = { create: async (inputs) => ({ id: "one", outs: { double: inputs.n * 2 } }) };
       class Double extends pulumi.dynamic.Resource {
         constructor(name, n) { super(provider, name, { n, double: undefined }); }
       }
       exports.result = new Double("d", 21).double;`,
    );
    const run = await project.up();
    assert.ok(run.ok, run.output);
    assert.equal((await project.must("stack", "output", "result")).output.trim(), "42");
  });

  it("ends a program that the user interrupts", async () => {
    project.write("index.js", `console.log("waiting"); setInterval(() => {}, 1000);`);
    const run = project.start("preview", "--json");
    let told = "";
    run.all.on("data", (chunk: Buffer) => (told += chunk.toString()));
    await eventually(() => {
      assert.match(told, /waiting/);
      return Promise.resolve();
    });
    run.kill("SIGINT");
    const { exitCode } = await run;
    assert.notEqual(exitCode, 0);
  });
});

const messages = (run: Run): string => (run.messages === "" ? run.output : run.messages);
