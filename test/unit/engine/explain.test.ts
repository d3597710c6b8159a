import * as assert from "node:assert/strict";
import { hostname } from "node:os";
import {
  explain,
  isGone,
  lockText,
  withoutPasswords,
  type EngineExit,
} from "../../../src/engine/explain";
import { Listener } from "../../../src/engine/events";

const lock = (host: string, pid: number): string =>
  [
    "error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the lock file with `pulumi cancel`.",
    `  file:///state/.pulumi/locks/organization/slipway/uat/x.json: created by li@${host} (pid ${pid}) at 2026-11-21T17:35:21Z`,
  ].join("\n");
const ended = (more: Partial<EngineExit>): EngineExit => ({
  code: 1,
  interrupted: false,
  stderr: "",
  ...more,
});
const change = {
  op: "update",
  type: "kubernetes:apps/v1:Deployment",
  urn: "urn:pulumi:uat::slipway::kubernetes:apps/v1:Deployment::web",
};
const report = (more: object) => ({
  changes: [],
  failures: [],
  errors: [],
  warnings: [],
  about: [],
  ...more,
});

describe("an engine that did not succeed", () => {
  for (const [what, args, kind, text] of [
    ["is not there", { code: undefined }, "refused", /not on PATH/],
    [
      "says nothing",
      {},
      "refused",
      /exited with 1 and printed nothing[^]*df -h \S+; .*--stack uat/,
    ],
    [
      "has no such stack",
      { code: 6, stderr: "error: no stack named 'uat' found" },
      "refused",
      /pulumi stack init uat/,
    ],
    [
      "has no backend",
      { code: 3, stderr: "error: PULUMI_ACCESS_TOKEN must be set for login during …" },
      "refused",
      /npm run up/,
    ],
    [
      "cannot open its backend",
      { stderr: "error: unable to open bucket file:///x: stat" },
      "refused",
      /cannot be opened/,
    ],
    [
      "has no right to read its backend",
      { stderr: 'error: read ".pulumi/meta.yaml": blob: StatusCode: 403, SignatureDoesNotMatch' },
      "refused",
      /cannot be opened: .*SignatureDoesNotMatch[^]*docs\/backends\.md/,
    ],
    [
      "cannot read what is beside its state",
      { stderr: "error: could not cancel: failed to load checkpoint: EOF" },
      "refused",
      /find \.pulumi -name '\*\.attrs' -empty -delete[^]*docs\/backends\.md/,
    ],
    [
      "cannot read a state that was half written",
      { stderr: "error: failed to load checkpoint: place 1: unexpected end of JSON input" },
      "refused",
      /slipway\/uat\.json is incomplete[^]*uat\.json\.bak[^]*pulumi up --refresh --stack uat/,
    ],
    [
      "cannot read a part of the history",
      {
        stderr:
          "error: getting history: reading history file .pulumi/history/slipway/uat/uat-1.history.json: unexpected end of JSON input",
      },
      "refused",
      /move that one file aside, \.pulumi\/history\/slipway\/uat\/uat-1\.history\.json: /,
    ],
    [
      "cannot read secrets",
      { stderr: "error: get stack secrets manager: incorrect passphrase" },
      "refused",
      /PULUMI_CONFIG_PASSPHRASE_FILE/,
    ],
    [
      "has nothing that a project depends on",
      {
        report: report({
          errors: ["Resource 'a' depends on 'b' which was was not specified in --target list."],
          changes: [change],
        }),
      },
      "refused",
      /never been updated as a whole[^]*pulumi up --stack uat; then/,
    ],
    ["is locked", { stderr: lock("elsewhere", 1) }, "locked", /pulumi cancel --stack uat/],
    [
      "has changed nothing, and what it wrote before does not come up",
      { report: report({ errors: ["Deployment web is not ready"], about: [change.urn] }) },
      "failed",
      /^Deployment web is not ready$/,
    ],
    [
      "was refused by the program",
      { report: report({ errors: ["Stack uat is refused"] }) },
      "refused",
      /^Stack uat is refused$/,
    ],
    [
      "was stopped",
      { interrupted: true, report: report({ failures: [change] }) },
      "interrupted",
      /stopped/,
    ],
    [
      "failed",
      { report: report({ failures: [change], errors: ["not ready"] }) },
      "failed",
      /^update of Deployment web failed\nnot ready$/,
    ],
  ] as const) {
    it(`because it ${what}, reports it`, () => {
      const error = explain(ended(args), "uat");
      assert.equal(error.kind, kind);
      assert.match(error.message, text);
      if (kind === "failed") assert.equal(error.changed, false);
      assert.equal(error.exitCode, kind === "refused" || kind === "locked" ? 2 : 1);
    });
  }

  for (const [given, shown] of [
    [
      "bucket postgres://li:geheim@db:5432/x?a=b: ping",
      "bucket postgres://li:***@db:5432/x?a=b: ping",
    ],
    ["postgres://li:ge@heim@db/x", "postgres://li:***@db/x"],
    ["postgres://:geheim@db/x", "postgres://:***@db/x"],
    ["postgres://li@db:5432/x and li@shop.example", "postgres://li@db:5432/x and li@shop.example"],
    ["s3://b?endpoint=http://127.0.0.1:8333&x=y", "s3://b?endpoint=http://127.0.0.1:8333&x=y"],
    ["https://host:5000/app@sha256:00", "https://host:5000/app@sha256:00"],
  ] as const) {
    it(`shows no password of a URL: ${shown}`, () => {
      assert.equal(withoutPasswords(given), shown);
      for (const part of [{ stderr: given }, { report: report({ errors: [given] }) }]) {
        assert.ok(explain(ended(part), "uat").message.includes(shown));
      }
    });
  }

  it("names who holds a stack, and whether that process still runs", () => {
    const alive = lockText(lock(hostname(), process.pid), "uat");
    assert.match(
      alive,
      new RegExp(`process ${process.pid}, since 2026-11-21T17:35:21Z, which still runs`),
    );
    assert.doesNotMatch(alive, /cancel/);
    // No process has the highest possible number.
    const gone = lockText(lock(hostname(), 2 ** 22), "uat");
    const holder = { user: "li", since: "" };
    assert.ok(isGone({ ...holder, host: hostname(), pid: 2 ** 22 }));
    assert.ok(!isGone({ ...holder, host: hostname(), pid: process.pid }));
    assert.ok(!isGone({ ...holder, host: "elsewhere", pid: 2 ** 22 }));
    assert.match(gone, /That process is gone\. Clear the lock with: pulumi cancel --stack uat/);
    assert.match(
      lockText(lock("elsewhere", 7), "uat"),
      /If that process no longer runs on elsewhere/,
    );
    assert.match(lockText("something new", "uat"), /another run.*pulumi cancel --stack uat/);
  });
});

describe("the engine's events", () => {
  const log = (...events: object[]): Listener & { lines: string[] } => {
    const lines: string[] = [];
    const listener = new Listener((line) => lines.push(line));
    for (const event of events) listener.line(JSON.stringify(event));
    return Object.assign(listener, { lines });
  };
  const diagnostic = (severity: string, message: string, urn = ""): object => ({
    diagnosticEvent: { severity, message, urn },
  });

  it("report what was changed and what failed, and leave out what stayed", () => {
    const same = { metadata: { ...change, op: "same" } };
    const { report: all, lines } = log(
      { resourcePreEvent: { metadata: change } },
      { resOutputsEvent: { metadata: change } },
      { resOutputsEvent: same },
      { resourcePreEvent: same },
      { resOpFailedEvent: { metadata: change } },
    );
    assert.deepEqual(all, report({ changes: [change], failures: [change] }));
    assert.deepEqual(lines, ["update Deployment web"]);
  });

  it("report each error once, without the frame around it and without debug messages", () => {
    const framed = "1 error occurred:\n\t* web is not ready\n  | its last words\n\n\n";
    const { report: all, lines } = log(
      diagnostic("debug", "Registering resource"),
      diagnostic("info", "0 of 2 replicas are available\nmore", change.urn),
      diagnostic("error", framed, change.urn),
      diagnostic("error", framed, change.urn),
      diagnostic("error", "update failed\n"),
    );
    assert.deepEqual(all.about, [change.urn]);
    assert.deepEqual(all.errors, ["web is not ready\n  | its last words"]);
    assert.deepEqual(lines, ["web: 0 of 2 replicas are available"]);
  });

  it("report each warning once, to be shown at the end", () => {
    const warning = diagnostic("warning", "web has 3 pods\n");
    const { report: all, lines } = log(warning, warning);
    assert.deepEqual([all.warnings, lines], [["web has 3 pods"], []]);
  });

  it("are reminded of while a step does not end", () => {
    const going = { ...change, op: "delete" };
    const listener = log({ resourcePreEvent: { metadata: going } });
    const { lines } = listener;
    listener.remind(Date.now());
    assert.equal(lines.length, 1);
    listener.remind(Date.now() + 45_000);
    assert.match(lines[1] ?? "", /^delete Deployment web has taken 45 s so far; .*finalizer/);
    listener.line(JSON.stringify({ resOutputsEvent: { metadata: going } }));
    listener.remind(Date.now() + 90_000);
    assert.equal(lines.length, 2);
  });

  it("may have text between them", () => {
    const { report: all } = log();
    const listener = new Listener();
    listener.line("not JSON at all");
    listener.line("");
    assert.deepEqual(listener.report, all);
  });
});
