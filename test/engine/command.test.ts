import * as assert from "node:assert/strict";
import { commandProject, connectionTo, declare } from "../support/command-lab";
import { changed, type Project, type Run } from "../support/engine";
import { eventually } from "../../sandbox/eventually";
import { ok, refused } from "../support/plugin-lab";
import { makeKey, silentPort, SshServer } from "../support/ssh-server";
import { describeAll, itAll } from "../support/suites";

/** The command plugin on the real engine; hosts are scripted. */
describe("the command plugin", function () {
  this.timeout(180_000);
  let project: Project;
  let server: SshServer;
  before(async () => {
    server = await SshServer.start();
  });
  after(() => server.close());
  beforeEach(async () => {
    server.answer = () => ({});
    server.received.length = 0;
    project = await commandProject();
  });
  afterEach(() => project.remove());

  const remote = (args: object, changes: object = {}): void => {
    const connection = connectionTo(server, changes);
    declare(project, { a: { kind: "remote.Command", args: { connection, ...args } } });
  };
  const commands = (): string[] => server.received.splice(0).map(({ command }) => command);

  it("runs a command of a host once for each change, and none without", async () => {
    server.answer = ({ command }) => ({ stdout: `did ${command}\n` });
    const lifecycle = { create: "make", update: "change", delete: "drop" };
    remote({ ...lifecycle, triggers: [1] });
    const { connections } = server;
    ok(await project.preview());
    assert.equal(server.connections, connections, "a preview does not go to the host");

    assert.deepEqual(changed(ok(await project.up())), ["a: create"]);
    assert.deepEqual(commands(), ["make"]);
    assert.equal((await project.must("stack", "output", "a")).output, "did make");
    assert.deepEqual(changed(ok(await project.up())), []);
    assert.deepEqual(changed(ok(await project.refresh())), []);
    assert.deepEqual(commands(), []);

    remote({ ...lifecycle, triggers: [1], addPreviousOutputInEnv: false });
    assert.deepEqual(changed(ok(await project.up())), ["a: update"]);
    assert.deepEqual(commands(), ["change"]);

    remote({ ...lifecycle, triggers: [2], addPreviousOutputInEnv: false });
    const replacement = ok(await project.up());
    assert.ok(changed(replacement).includes("a: replace"), changed(replacement).join());
    assert.deepEqual(commands(), ["make", "drop"]);

    ok(await project.destroy());
    assert.deepEqual(commands(), ["drop"]);
  });

  itAll("runs the create command again if there is none for updates", async () => {
    remote({ create: "make" });
    ok(await project.up());
    remote({ create: "make 2" });
    ok(await project.up());
    assert.deepEqual(commands(), ["make", "make 2"]);
    remote({});
    ok(await project.up());
    assert.deepEqual(commands(), []);
  });

  it("records nothing of a failed command, and reports its last output", async () => {
    server.answer = () => ({ code: 4, stderr: "starting\nno disk left\n", stdout: "x" });
    remote({ create: "make it so" });
    const failed = await project.up();
    refused(
      failed,
      /the command "make it so" on root@127\.0\.0\.1:\d+ failed:\nit ended with exit code 4\nlast output:\nstarting\nno disk left/,
    );
    assert.doesNotMatch(failed.messages, /\n {4}at /);
    server.answer = () => ({});
    assert.deepEqual(changed(ok(await project.up())), ["a: create"]);
  });

  describeAll("names the host and the problem when", () => {
    const cases: Record<string, [() => object, RegExp]> = {
      "it has another key": [
        () => ({ hostKey: makeKey().public }),
        /shows another key than expected; nothing was sent\n +expected: ssh-ed25519 SHA256:.+\n +found: +ssh-ed25519 SHA256:/,
      ],
      "it does not let us in": [
        () => ({ privateKey: makeKey().private }),
        /root@127\.0\.0\.1:\d+: the host does not let us in\n +tried: +publickey \(ssh-ed25519\)/,
      ],
      "its name is unknown": [
        () => ({ host: "no-such-host.invalid" }),
        /no address is known for the name no-such-host\.invalid/,
      ],
    };
    for (const [title, [changes, message]] of Object.entries(cases)) {
      it(title, async () => {
        remote({ create: "x" }, changes());
        refused(await project.up(), message);
        assert.deepEqual(commands(), []);
      });
    }

    it("nothing listens, after as many attempts as allowed", async () => {
      const { port, close } = await silentPort();
      close();
      remote({ create: "x" }, { port, dialErrorLimit: 2 });
      refused(await project.up(), /nothing listens on port \d+\n[^]*attempts: 3/);
    });

    it("something listens but does not answer", async () => {
      const { port, close } = await silentPort();
      remote({ create: "x" }, { port, perDialTimeout: 1 });
      refused(await project.up(), /went silent: no handshake within 1 s/);
      close();
    });

    it("a command takes longer than its time-out", async () => {
      server.answer = () => ({ hangs: true, stdout: "half way" });
      const args = { connection: connectionTo(server), create: "wait" };
      const options = { customTimeouts: { create: "1s" } };
      declare(project, { a: { kind: "remote.Command", args, options } });
      refused(
        await project.up(),
        /took more than 1 s and was told to stop\n +last output: half way/,
      );
      assert.deepEqual(server.received[0]?.signals, ["TERM"]);
    });
  });

  for (const signal of ["SIGINT", "SIGKILL"] as const) {
    it(`stops a command on a host when the engine is sent ${signal}`, async () => {
      server.answer = () => ({ hangs: true });
      remote({ create: "wait" });
      const run = project.start("up", "--yes", "--skip-preview");
      await eventually(() => {
        assert.equal(server.received.length, 1);
        return Promise.resolve();
      });
      run.kill(signal);
      const { all } = await run;
      if (signal === "SIGINT") assert.match(all, /the command was cancelled and told to stop/);
      else await project.must("cancel", "--yes");
      await eventually(() => {
        assert.deepEqual(server.received[0]?.signals, ["TERM"]);
        return Promise.resolve();
      });
    });
  }

  it("refuses at preview what cannot be right, all at once", async () => {
    remote(
      { create: 5, logging: "loud", environment: { A: 1 } },
      { hostKey: "nonsense", host: undefined, prot: 3 },
    );
    const run = await project.preview();
    for (const message of [
      /create.*it has to be a text/,
      /logging.*one of stdout, stderr, stdoutAndStderr, none/,
      /environment\.A.*it has to be a text/,
      /connection\.hostKey.*a public key as/,
      /connection\.host.*it is missing/,
      /connection\.prot.*did you mean port\?/,
    ]) {
      refused(run, message);
    }
  });

  it("keeps secrets out of state and output, also those that a command prints", async () => {
    const [token, password] = ["canary-of-stdin-1", "canary-of-password-2"];
    server.answer = ({ stdin }) => ({ stdout: `got ${stdin}`, stderr: password, code: 0 });
    remote({ create: "use it", stdin: { $secret: token } }, { password });
    // As shown to a person: the JSON of events also contains the SDK's own debug messages.
    const up = (): Promise<Run> => project.pulumi("up", "--yes", "--skip-preview");
    const runs = [ok(await up())];
    server.answer = ({ stdin }) => ({ stderr: `bad ${stdin} ${password}`, code: 1 });
    remote({ create: "use it again", stdin: { $secret: token } }, { password });
    runs.push(await up());
    assert.match(runs[1]?.output ?? "", /bad \[secret\] \[secret\]/);
    const state = JSON.stringify(await project.state());
    const key = server.userKey.private.split("\n")[2] ?? "";
    for (const secret of [token, password, key]) {
      assert.ok(!state.includes(secret), "in the state");
      for (const { output } of runs) {
        const at = output.indexOf(secret);
        assert.equal(at, -1, output.slice(Math.max(0, at - 300), at + 10));
      }
    }
    assert.match(state, /"create":"use it"/);
  });
});
