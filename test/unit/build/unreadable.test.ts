import assert from "node:assert/strict";
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readBases, readSource, type SourceArgs } from "../../../src/build/sources";
import { checkout } from "../../../components/shared/system/checkout";

const roots = { code: "examples", config: "examples/config" };
const label: SourceArgs = { project: "Packet_Label", kind: "front" };

/** A user id that owns nothing here. */
const stranger = 54_321;

/** Runs something as another user: root may read everything. */
function asStranger<T>(act: () => T): T {
  process.seteuid?.(stranger);
  try {
    return act();
  } finally {
    process.seteuid?.(0);
  }
}

describe("sources that are not to be had", () => {
  let copy: string;
  before(function () {
    // Only root can become another user, who may not read root's files.
    if (process.geteuid?.() !== 0) this.skip();
  });
  beforeEach(() => {
    copy = mkdtempSync(join(tmpdir(), "slipway-"));
    cpSync(join(checkout, "examples"), join(copy, "examples"), { recursive: true });
  });
  afterEach(() => {
    rmSync(copy, { recursive: true });
  });

  it("are refused by the name of a file that whoever asks may not read, without a stack trace", () => {
    const code = join(copy, "examples/Packet_Label");
    writeFileSync(join(code, "private.pem"), "x", { mode: 0o600 });
    chownSync(copy, stranger, stranger);
    const { source, problems } = asStranger(() => readSource(copy, roots, label));
    assert.equal(source, undefined);
    assert.deepEqual(
      problems.map(({ given }) => given),
      ["examples/Packet_Label/private.pem: EACCES"],
    );
    writeFileSync(join(code, ".dockerignore"), "*.pem\n");
    const without = asStranger(() => readSource(copy, roots, label));
    assert.ok(without.source, "what is left out is not read");
  });

  it("name the file of a base image that whoever asks may not read", () => {
    const { source } = readSource(copy, roots, label);
    const secret = "examples/config/front/packet/private.pem";
    writeFileSync(join(copy, secret), "x", { mode: 0o600 });
    chownSync(copy, stranger, stranger);
    rmSync(join(copy, ".slipway"), { recursive: true, force: true });
    const { problems } = asStranger(() => readBases(copy, roots, source ? [source] : []));
    assert.deepEqual(
      problems.map(({ file, given }) => [file, given]),
      [["examples/config/front/packet", `${secret}: EACCES`]],
    );
  });

  it("are reported where they cannot be checked out, without a stack trace", () => {
    chmodSync(join(copy, "examples/Packet_Label/app.js"), 0o666);
    mkdirSync(join(copy, ".slipway"), { mode: 0o755 });
    chmodSync(copy, 0o755);
    const [problem] = asStranger(() => readSource(copy, roots, label)).problems;
    assert.equal(problem?.given, ".slipway/sources: EACCES");
    assert.match(problem.allowed, /may write to/);
  });
});
