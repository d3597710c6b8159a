import * as assert from "node:assert/strict";
import { execa } from "execa";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { commandProject, connectionTo, declare } from "../support/command-lab";
import { changed, type Project } from "../support/engine";
import { eventually } from "../../sandbox/eventually";
import { ok, refused } from "../support/plugin-lab";
import { Sshd } from "../support/sshd";
import { describeAll } from "../support/suites";

/** The command plugin against OpenSSH's own server. */
describeAll("the command plugin and sshd", function () {
  this.timeout(180_000);
  let project: Project;
  let sshd: Sshd;
  before(async () => {
    sshd = await Sshd.start();
  });
  after(() => sshd.stop());
  beforeEach(async () => {
    project = await commandProject();
  });
  afterEach(() => project.remove());

  const remote = (args: object, changes: object = {}, options: object = {}): void => {
    const connection = connectionTo(sshd, changes);
    declare(project, { a: { kind: "remote.Command", args: { connection, ...args }, options } });
  };
  const output = async (): Promise<string> => (await project.must("stack", "output", "a")).output;

  it("gives a command its input and the variables that the host accepts", async () => {
    const create = 'printf \'%s %s\' "$OK_ONE" "$(cat)"';
    remote({ create, stdin: "from stdin", environment: { OK_ONE: "from env" } });
    ok(await project.up());
    assert.equal(await output(), "from env from stdin");
  });

  it("does not run a command without a variable that the host refuses", async () => {
    const file = join(sshd.folder, "ran");
    remote({ create: `touch ${file}`, environment: { OK_ONE: "x", OTHER: "y" } });
    refused(await project.up(), /does not accept the variable OTHER; the command was not run/);
    assert.ok(!existsSync(file));
  });

  it("warns if the host refuses the previous output, and runs the command", async () => {
    remote({ create: "echo one" });
    ok(await project.up());
    remote({ create: "echo two" });
    const run = ok(await project.up());
    assert.match(run.messages, /does not accept the variable PULUMI_COMMAND_STDOUT/);
    assert.equal(await output(), "two");
  });

  it("reaches a host through another one", async () => {
    const { host, port, user, hostKey, privateKey } = sshd.login();
    remote({ create: "echo there" }, { proxy: { host, port, user, hostKey, privateKey } });
    ok(await project.up());
    assert.equal(await output(), "there");
  });

  it("gets in by an agent", async () => {
    const agent = join(sshd.folder, "agent");
    const key = join(sshd.folder, "key");
    const { privateKey = "" } = sshd.login();
    writeFileSync(key, privateKey, { mode: 0o600 });
    const running = execa("ssh-agent", ["-D", "-a", agent], { reject: false });
    const add = (): Promise<unknown> =>
      execa("ssh-add", ["-q", key], { env: { SSH_AUTH_SOCK: agent } });
    await eventually(add, 20);
    remote({ create: "echo in" }, { privateKey: undefined, agentSocketPath: agent });
    ok(await project.up());
    assert.equal(await output(), "in");
    running.kill();
    await running;
    remote({ create: "echo again" }, { privateKey: undefined, agentSocketPath: agent });
    refused(await project.up(), /does not let us in\n +tried: +agent/);
  });

  it("ends a command on the host, and what it has started, when the user interrupts", async () => {
    const file = join(sshd.folder, "interrupted");
    remote({ create: `echo $$ > ${file}; sleep 1000; echo not reached` });
    const run = project.start("up", "--yes", "--skip-preview");
    let pid = 0;
    await eventually(() => {
      pid = Number(readFileSync(file, "utf8"));
      assert.ok(pid > 0);
      return Promise.resolve();
    });
    run.kill("SIGINT");
    const { all } = await run;
    assert.match(all, /cancelled/);
    await eventually(async () => {
      const { stdout } = await execa("ps", ["-e", "-o", "pid=,ppid="]);
      assert.doesNotMatch(stdout, new RegExp(`\\b${pid}\\b`));
    }, 20);
  });

  describe("copies", () => {
    const copy = (source: object, remotePath: string): void => {
      const args = { connection: connectionTo(sshd), source, remotePath };
      declare(project, { c: { kind: "remote.CopyToRemote", args } });
    };
    const there = (path: string): string => readFileSync(join(sshd.folder, path), "utf8");

    it("a file and a text, and again only when they have changed", async () => {
      const to = join(sshd.folder, "deep/er/file");
      project.write("here.txt", "one");
      copy({ $file: "here.txt" }, to);
      assert.deepEqual(changed(ok(await project.up())), ["c: create"]);
      assert.equal(there("deep/er/file"), "one");
      assert.deepEqual(changed(ok(await project.up())), []);
      project.write("here.txt", "two");
      assert.deepEqual(changed(ok(await project.up())), ["c: update"]);
      assert.equal(there("deep/er/file"), "two");
      copy({ $text: "three" }, to);
      assert.deepEqual(changed(ok(await project.up())), ["c: update"]);
      assert.equal(there("deep/er/file"), "three");
      ok(await project.destroy());
      assert.equal(there("deep/er/file"), "three");
    });

    it("a folder with its name, and its content alone after a slash", async () => {
      mkdirSync(join(project.folder, "tree/sub"), { recursive: true });
      project.write("tree/a", "a");
      project.write("tree/sub/b", "b");
      copy({ $archive: "tree" }, join(sshd.folder, "to"));
      ok(await project.up());
      assert.equal(there("to/tree/a") + there("to/tree/sub/b"), "ab");
      copy({ $archive: "tree/" }, join(sshd.folder, "bare"));
      ok(await project.up());
      assert.equal(there("bare/a") + there("bare/sub/b"), "ab");
    });

    it("nothing over a file in place of a folder", async () => {
      writeFileSync(join(sshd.folder, "in-the-way"), "x");
      mkdirSync(join(project.folder, "tree"));
      project.write("tree/a", "a");
      copy({ $archive: "tree" }, join(sshd.folder, "in-the-way"));
      refused(
        await project.up(),
        /the copy to \S+ on \S+ failed:\n\S+in-the-way is there, and is not a folder/,
      );
      assert.equal(there("in-the-way"), "x");
    });
  });
});
