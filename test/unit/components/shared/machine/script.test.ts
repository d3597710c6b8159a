import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  lockFile,
  marksFolder,
  phaseCommand,
  putFile,
  quote,
  type PhaseScript,
} from "../../../../../components/shared/machine/script";

/** Phases as a machine's shell runs them; here `sudo` gives no more rights, and `/var/lib/slipway` lies elsewhere. */
describe("a phase on a machine", () => {
  const folder = mkdtempSync(join(tmpdir(), "slipway-phase-"));
  const path = (name: string): string => join(folder, name);
  const mark = (): string | undefined =>
    existsSync(path("marks/system"))
      ? readFileSync(path("marks/system"), "utf8").trim()
      : undefined;
  before(() => {
    writeFileSync(path("sudo"), '#!/bin/sh\n[ "$1" = -n ] || exit 9\nshift\nexec "$@"\n');
    chmodSync(path("sudo"), 0o755);
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });
  beforeEach(() => {
    rmSync(path("marks"), { recursive: true, force: true });
  });

  const pathWithSudo = `${folder}:${process.env["PATH"] ?? ""}`;

  function commandOf(script: Partial<PhaseScript>): string {
    const command = phaseCommand({
      phase: "system",
      host: "t01",
      body: "true",
      mark: "abc 1",
      ...script,
    });
    return command.replaceAll(marksFolder, path("marks")).replaceAll(lockFile, path("lock"));
  }

  function run(script: Partial<PhaseScript>, input = "") {
    const options = { env: { PATH: pathWithSudo }, input, encoding: "utf8" } as const;
    const { status, stdout, stderr } = spawnSync("sh", ["-c", commandOf(script)], options);
    return { status, stdout, stderr };
  }

  it("runs, and writes down that it has", () => {
    assert.deepEqual(run({ body: "echo one" }), { status: 0, stdout: "one\n", stderr: "" });
    assert.equal(mark(), "abc 1");
  });

  it("is passed over when it has run, and runs again under another mark", () => {
    run({ body: "echo one" });
    assert.equal(run({ body: "echo one" }).stdout, "done before\n");
    assert.equal(run({ body: "echo two", mark: "abc 2" }).stdout, "two\n");
    assert.equal(mark(), "abc 2");
  });

  it("that fails stops there, says why, and writes nothing down", () => {
    const body = "echo before\nfail 'no room on /var' 'make some'\necho after";
    assert.deepEqual(run({ body }), {
      status: 1,
      stdout: "before\n",
      stderr: "no room on /var\nmake some\n",
    });
    assert.equal(mark(), undefined);
    assert.equal(run({ body: "false\necho after" }).stdout, "");
  });

  it("takes secrets by standard input alone", () => {
    const { stdout } = run({ body: "read -r secret\necho ${#secret}" }, "s3cret\n");
    assert.equal(stdout, "6\n");
  });

  it("without a mark runs each time", () => {
    for (let time = 0; time < 2; time++) {
      assert.equal(run({ body: "echo run", mark: undefined }).stdout, "run\n");
      assert.equal(mark(), undefined);
    }
  });

  it("waits for what a killed run has left running, and finds it done", () => {
    const both = `sh -c "$ONE" & sleep 0.3; sh -c "$TWO"; wait`;
    const env = {
      PATH: pathWithSudo,
      ONE: commandOf({ body: "sleep 1; echo one" }),
      TWO: commandOf({ body: "echo two" }),
    };
    const { stdout } = spawnSync("sh", ["-c", both], { env, encoding: "utf8" });
    assert.equal(stdout, "one\ndone before\n");
  });

  it("leaves no script behind on the machine", () => {
    const { stdout } = run({ body: 'echo "$0"' });
    assert.match(stdout, /^\/tmp\//);
    assert.equal(existsSync(stdout.trim()), false);
  });

  it("writes a file whole, with its mode, and tells whether it was something else before", () => {
    const file = path("etc/deep/a.conf");
    const text = "line 'one' $HOME `date`\n\\n\nEND\n";
    const body = `${putFile(file, text, "0640")}\necho "changed:$changed"`;
    assert.equal(run({ body, mark: undefined }).stdout, `changed: ${file}\n`);
    assert.equal(readFileSync(file, "utf8"), text);
    assert.equal(statSync(file).mode & 0o777, 0o640);
    assert.equal(run({ body, mark: undefined }).stdout, "changed:\n");
  });

  it("names words of a shell so that it reads them as they are", () => {
    for (const word of ["plain-1.0", "two words", "it's", "$(date)", "a;b", "", "*"]) {
      assert.equal(
        run({ body: `printf '[%s]' ${quote(word)}`, mark: undefined }).stdout,
        `[${word}]`,
      );
    }
  });
});
