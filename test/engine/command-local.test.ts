import * as assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { commandProject, declare } from "../support/command-lab";
import { changed, type Project } from "../support/engine";
import { eventually } from "../../sandbox/eventually";
import { isAlive, ok, refused } from "../support/plugin-lab";
import { describeAll } from "../support/suites";

/** Local commands of the command plugin on the real engine. */
describeAll("the command plugin on this machine", function () {
  this.timeout(180_000);
  let project: Project;
  beforeEach(async () => {
    project = await commandProject();
  });
  afterEach(() => project.remove());

  const local = (args: object, options: object = {}): void => {
    declare(project, { a: { kind: "local.Command", args, options } });
  };
  const output = async (name = "a"): Promise<string> =>
    (await project.must("stack", "output", name)).output;
  const inFolder = (name: string): string => join(project.folder, name);

  it("runs a command in the program's folder and once for each change", async () => {
    const update = "echo $PULUMI_COMMAND_STDOUT, then $NUMBER";
    const lifecycle = { create: "cat; pwd >> made", update, delete: "touch dropped" };
    local({ ...lifecycle, stdin: "first", environment: { NUMBER: "1" } });
    assert.deepEqual(changed(ok(await project.up())), ["a: create"]);
    assert.equal(readFileSync(inFolder("made"), "utf8"), `${project.folder}\n`);
    assert.deepEqual(changed(ok(await project.up())), []);
    local({ ...lifecycle, stdin: "first", environment: { NUMBER: "2" } });
    assert.deepEqual(changed(ok(await project.up())), ["a: update"]);
    assert.equal(await output(), "first, then 2");
    ok(await project.destroy());
    assert.ok(existsSync(inFolder("dropped")));
  });

  it("hands on the files that a command leaves", async () => {
    const create =
      "mkdir -p out/sub && echo a > out/a.js && echo b > out/sub/b.js && echo c > out/secret.js";
    const globs = ["out/**.js", "!**secret*"];
    local({ create, assetPaths: globs, archivePaths: globs });
    ok(await project.up());
    const [made] = (await project.state()).filter(({ type }) => type === "command:local:Command");
    const { assets, archive } = made?.outputs as Record<string, Record<string, object>>;
    assert.deepEqual(Object.keys(assets ?? {}), ["out/a.js", "out/sub/b.js"]);
    assert.deepEqual(Object.keys(archive?.["assets"] ?? {}), ["out/a.js", "out/sub/b.js"]);
    assert.deepEqual(changed(ok(await project.up())), []);
  });

  it("runs a function in every run, also in a preview", async () => {
    const args = { command: "echo run >> runs; cat", stdin: { $secret: "canary-of-run" } };
    declare(project, { a: { kind: "local.run", args } });
    ok(await project.preview());
    ok(await project.up());
    assert.equal(readFileSync(inFolder("runs"), "utf8"), "run\nrun\n");
    assert.equal(await output(), "[secret]");
  });

  it("keeps the ends of a flood, and reports it", async () => {
    const create = "echo start; head -c 200000000 /dev/zero | tr '\\0' 'x\\n'; echo end";
    local({ create });
    const run = ok(await project.up());
    assert.match(
      run.messages,
      /of stdout, the first 2\.0 MiB and the last 2\.0 MiB are kept: 186\.\d MiB between them are left out/,
    );
    const text = await output();
    assert.ok(text.length < 4.2 * 2 ** 20, `${text.length} bytes`);
    assert.match(text.slice(0, 10), /^start\nx/);
    assert.match(text.slice(-10), /x\n?end$/);
    local({ create, update: 'echo "<$PULUMI_COMMAND_STDOUT>"' });
    const next = ok(await project.up());
    assert.match(next.messages, /PULUMI_COMMAND_STDOUT is not set: what was printed before is too/);
    assert.equal(await output(), "<>");
  });

  const failures: Record<string, [object, RegExp]> = {
    "a command that fails": [
      { create: "echo so far; echo no luck >&2; exit 7" },
      /on this machine failed:\nit ended with exit code 7\nlast output:\nno luck/,
    ],
    "a command that a signal ends": [{ create: "kill -9 $$" }, /signal KILL \(exit code 137\)/],
    "a folder that is not there": [
      { create: "true", dir: "/no/such/folder" },
      /there is no program \/bin\/sh, or no folder \/no\/such\/folder/,
    ],
    "a program that is not there": [
      { create: "true", interpreter: ["no-such-shell"] },
      /there is no program no-such-shell/,
    ],
  };
  for (const [title, [args, message]] of Object.entries(failures)) {
    it(`reports ${title}`, async () => {
      local(args);
      const run = await project.up();
      refused(run, message);
      assert.doesNotMatch(run.messages, /\n {4}at /);
    });
  }

  describe("leaves nothing running", () => {
    const child = async (): Promise<number> => {
      let pid = 0;
      await eventually(() => {
        pid = Number(readFileSync(inFolder("pid"), "utf8"));
        assert.ok(pid > 0);
        return Promise.resolve();
      });
      return pid;
    };
    const gone = async (pid: number): Promise<void> => {
      await eventually(async () => {
        assert.ok(!(await isAlive(pid)), `${pid} is alive`);
      }, 20);
    };
    const sleeping = "sleep 1000 & echo $! > pid; wait";

    it("after its time-out", async () => {
      local({ create: sleeping }, { customTimeouts: { create: "2s" } });
      refused(await project.up(), /it took more than 2 s and was told to stop/);
      await gone(await child());
    });

    it("when the user interrupts", async () => {
      local({ create: sleeping });
      const run = project.start("up", "--yes", "--skip-preview");
      const pid = await child();
      run.kill("SIGINT");
      assert.match((await run).all, /it was cancelled and told to stop/);
      await gone(pid);
    });

    it("when the engine is killed", async () => {
      local({ create: sleeping });
      const run = project.start("up", "--yes", "--skip-preview");
      const pid = await child();
      run.kill("SIGKILL");
      await run;
      await gone(pid);
      await project.must("cancel", "--yes");
    });
  });
});
