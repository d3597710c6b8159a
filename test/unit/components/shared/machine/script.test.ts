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
  runsFile,
  type PhaseScript,
} from "../../../../../components/shared/machine/script";
import { quote } from "../../../../../components/shared/shell";

/** Phases in a machine's shell; here `sudo` gives no more rights, and `/var/lib/slipway` is elsewhere. */
describe("a phase on a machine", () => {
  const folder = mkdtempSync(join(tmpdir(), "slipway-phase-"));
  const path = (name: string): string => join(folder, name);
  const mark = (): string | undefined =>
    existsSync(path("marks/system"))
      ? readFileSync(path("marks/system"), "utf8").trim()
      : undefined;
  before(() => {
    writeFileSync(path("sudo"), '#!/bin/sh\n[ "$1" = -n ] || exit 9\nshift\nexec "$@"\n');
    writeFileSync(path("journal"), `#!/bin/sh\nshift\necho "$*" >> ${path("lines")}\n`);
    for (const name of ["sudo", "journal"]) chmodSync(path(name), 0o755);
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });
  beforeEach(() => {
    for (const name of ["marks", "lines", "runs"])
      rmSync(path(name), { recursive: true, force: true });
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
    return command
      .replaceAll(marksFolder, path("marks"))
      .replaceAll(lockFile, path("lock"))
      .replaceAll(runsFile, path("runs"))
      .replaceAll("logger -t slipway", path("journal"));
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

  it("is skipped when it has run, and runs again under another mark", () => {
    run({ body: "echo one" });
    assert.equal(run({ body: "echo one" }).stdout, "done before\n");
    assert.equal(run({ body: "echo two", mark: "abc 2" }).stdout, "two\n");
    assert.equal(mark(), "abc 2");
  });

  it("that fails stops there, reports why, and records nothing", () => {
    const body = "echo before\nfail 'no room on /var' 'make some'\necho after";
    assert.deepEqual(run({ body }), {
      status: 1,
      stdout: "before\n",
      stderr: "no room on /var\nmake some\n",
    });
    assert.equal(mark(), undefined);
    assert.equal(run({ body: "false\necho after" }).stdout, "");
  });

  it("leaves a line in the journal when it begins and when it ends, and is counted", () => {
    run({ body: "echo one" });
    run({ body: "echo one" });
    run({ phase: "join", body: "read -r secret\nfalse" }, "s3cret\n");
    assert.deepEqual(readFileSync(path("lines"), "utf8").trim().split("\n"), [
      ...["system of t01 begins", "system of t01 ended"],
      ...["system of t01 begins", "system of t01 was done before", "system of t01 ended"],
      ...["join of t01 begins", "join of t01 failed"],
    ]);
    assert.equal(readFileSync(path("runs"), "utf8"), "3\n");
  });

  it("runs where there is no journal to write to", () => {
    const command = commandOf({ body: "echo one" }).replaceAll(path("journal"), path("none"));
    const env = { PATH: pathWithSudo };
    const { stdout, status } = spawnSync("sh", ["-c", command], { env, encoding: "utf8" });
    assert.deepEqual({ stdout, status }, { stdout: "one\n", status: 0 });
  });

  it("takes files away that are named, whether it ends well or not", () => {
    for (const last of ["true", "false"]) {
      run({
        body: `goes ${path("secret")}\necho s3cret > ${path("secret")}\n${last}`,
        mark: undefined,
      });
      assert.equal(existsSync(path("secret")), false);
    }
  });

  it("is a different command in each distinguished run", () => {
    const command = (run: string): string => commandOf({ mark: undefined, run });
    assert.notEqual(command("1 on a"), command("2 on a"));
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
    assert.match(stdout, /^\/dev\/shm\/|^\/tmp\//);
    assert.equal(existsSync(stdout.trim()), false);
  });

  it("writes a file whole, with its mode, and reports whether it differed before", () => {
    const file = path("etc/deep/a.conf");
    const text = "line 'one' $HOME `date`\n\\n\nEND\n";
    const body = `${putFile(file, text, "0640")}\nif changed ${file}; then echo changed; else echo same; fi`;
    assert.equal(run({ body, mark: undefined }).stdout, "changed\n");
    assert.equal(readFileSync(file, "utf8"), text);
    assert.equal(statSync(file).mode & 0o777, 0o640);
    assert.equal(run({ body, mark: undefined }).stdout, "same\n");
  });

  it("quotes words for a shell so that it reads them unchanged", () => {
    for (const word of ["plain-1.0", "two words", "it's", "$(date)", "a;b", "", "*"]) {
      assert.equal(
        run({ body: `printf '[%s]' ${quote(word)}`, mark: undefined }).stdout,
        `[${word}]`,
      );
    }
  });
});
