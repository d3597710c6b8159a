import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAuthority, issue, type KeyPair } from "../../../../sandbox/cluster/pki/certificate";
import { followScript } from "../../../../components/edge/followed";
import { following } from "../../../support/edge";

const host = "shop.example";
const live = "etc/haproxy/slipway";
const day = 86_400_000;

/** Stand-ins for programs of an edge that the script calls: curl answers with a file, and HAProxy gives prepared answers. */
const programs = {
  curl: '[ -e "$ROOM/status" ] || { echo "could not connect" >&2; exit 7; }; while [ "$1" != -o ]; do shift; done; cp "$ROOM/answer" "$2"; cat "$ROOM/status"',
  haproxy: '[ ! -e "$ROOM/refuses" ]',
  systemctl: 'echo "$*" >> "$ROOM/systemctl"; [ "$*" != "is-active -q haproxy" ]',
  // A reload starts another worker; each line of `late` is a poll at which the old one still accepts connections.
  ss: `worker=$(grep -c "restart haproxy" "$ROOM/systemctl")
    if [ "$worker" -gt 0 ] && [ -s "$ROOM/late" ]; then sed -i 1d "$ROOM/late"; worker=$((worker - 1)); fi
    echo "LISTEN 0 0 10.0.0.101:443 0.0.0.0:* users:((\\"haproxy\\",pid=$worker,fd=6))"`,
};

/** The script with its folders below one of the test's own. */
class Edge {
  readonly root = mkdtempSync(join(tmpdir(), "slipway-follow-"));
  private readonly script: string;

  constructor(before: string) {
    const bin = join(this.root, "bin");
    mkdirSync(bin);
    for (const [name, text] of Object.entries(programs))
      writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    mkdirSync(join(this.root, "run"));
    mkdirSync(join(this.root, `${live}-first`, "certificates"), { recursive: true });
    symlinkSync(join(this.root, `${live}-first`), join(this.root, live));
    writeFileSync(join(this.root, live, "certificates", `${host}.pem`), before);
    this.script = followScript(following({ [host]: "shop/tls" }))
      .replaceAll(/(?<![\w.*$"}/])\/(etc|run|var\/lib)\//g, `${this.root}/$1/`)
      .replaceAll(/"\/etc\//g, `"${this.root}/etc/`)
      .replace(/PATH=/, `PATH=${bin}:`);
  }

  answer(status: string | undefined, text: string): void {
    writeFileSync(join(this.root, "answer"), text);
    if (status !== undefined) writeFileSync(join(this.root, "status"), status);
  }

  run(): { code: number | null; said: string } {
    const env = { ROOM: this.root, PATH: process.env["PATH"] };
    const { status, stderr } = spawnSync("sh", ["-c", this.script], { env, encoding: "utf8" });
    return { code: status, said: stderr };
  }

  get served(): string {
    return readFileSync(join(this.root, live, "certificates", `${host}.pem`), "utf8");
  }

  /** The word in its note, and the remaining days of the certificate. */
  get note(): [string, number | undefined] {
    const file = join(this.root, "var/lib/slipway/notes", `edge-certificate-${host}`);
    const [at, word = "", end] = readFileSync(file, "utf8").trim().split(" ");
    const left = Math.round((Number(end) - Number(at)) / 86_400);
    return [word, Number.isNaN(left) ? undefined : left];
  }

  get reloads(): number {
    const log = join(this.root, "systemctl");
    if (!existsSync(log)) return 0;
    return readFileSync(log, "utf8").split("restart haproxy").length - 1;
  }
}

describe("the service that follows an edge's certificates", function () {
  this.timeout(30_000);
  let pair: KeyPair;
  let other: KeyPair;
  let admin: KeyPair;
  let ended: KeyPair;
  let early: KeyPair;
  let edge: Edge;

  const json = (data: object, metadata: object = {}, indent?: number): string =>
    JSON.stringify({ kind: "Secret", data, metadata, type: "kubernetes.io/tls" }, null, indent);
  const base64 = (text: string): string => Buffer.from(text).toString("base64");
  const data = (certificate: string, key: string): object => ({
    "tls.crt": base64(certificate),
    "tls.key": base64(key),
  });

  before(async () => {
    const now = Date.now();
    const authority = await createAuthority("follow test", new Date(now - 800 * day));
    const issued = (name: string, at: number): Promise<KeyPair> =>
      issue(
        authority,
        { name: "shop", authority: "ca", commonName: "shop", hosts: [name], usage: "server" },
        new Date(at),
      );
    pair = await issued(host, now);
    other = await issued(host, now);
    admin = await issued("admin.example", now);
    ended = await issued(host, now - 400 * day);
    early = await issued(host, now + 20 * day);
  });
  beforeEach(() => {
    edge = new Edge("placeholder");
  });
  afterEach(() => {
    rmSync(edge.root, { recursive: true });
  });

  const well: Record<string, () => string> = {
    "in one line": () => json(data(pair.certificate, pair.key)),
    indented: () => json(data(pair.certificate, pair.key), {}, 2),
    "after an older one among its annotations": () =>
      json(data(pair.certificate, pair.key), {
        annotations: { last: json(data(other.certificate, other.key)) },
        managedFields: [{ fieldsV1: { "f:data": { "f:tls.crt": {} } } }],
      }),
  };
  it("is done when no old worker accepts connections any more, and not when it is asked to stop", () => {
    const looks = join(edge.root, "late");
    writeFileSync(looks, "late\n".repeat(9));
    edge.answer("200", json(data(pair.certificate, pair.key)));
    assert.equal(edge.run().code, 0);
    assert.equal(readFileSync(looks, "utf8"), "");
  });

  for (const [what, answer] of Object.entries(well))
    it(`serves a certificate that is answered ${what}, and reads no second time what is the same`, () => {
      edge.answer("200", answer());
      assert.deepEqual(edge.run(), { code: 0, said: "" });
      assert.equal(
        new X509Certificate(edge.served).serialNumber,
        new X509Certificate(pair.certificate).serialNumber,
      );
      assert.ok(edge.served.includes(pair.key.trim()));
      assert.deepEqual(edge.note, ["ok", 365]);
      assert.equal(edge.reloads, 1);
      assert.deepEqual(edge.run(), { code: 0, said: "" });
      assert.equal(edge.reloads, 1);
      assert.ok(!existsSync(join(edge.root, "run/slipway-edge-certificates")));
    });

  const wrong: Record<string, [string, () => [string | undefined, string], RegExp]> = {
    "nobody has made it": ["missing", () => ["404", "{}"], /there is no such Secret/],
    "the login is invalid": ["forbidden", () => ["401", "{}"], /refuse the edges' login \(401\)/],
    "the login may not": ["forbidden", () => ["403", "{}"], /refuse the edges' login \(403\)/],
    "the API servers fail": ["silent", () => ["500", "{}"], /answer with status 500/],
    "nobody answers": ["silent", () => [undefined, ""], /do not answer: could not connect/],
    "it is of another type": [
      "broken",
      () => ["200", json({ a: "Yg==" })],
      /no tls.crt and tls.key/,
    ],
    "it has no key yet": [
      ...(["broken"] as const),
      () => ["200", json(data(pair.certificate, ""))],
      /no tls.crt and tls.key/,
    ],
    "its certificate is invalid": [
      ...(["broken"] as const),
      () => ["200", json(data("hunter2", pair.key))],
      /tls.crt is no certificate/,
    ],
    "its key is invalid": [
      ...(["broken"] as const),
      () => ["200", json(data(pair.certificate, "hunter2"))],
      /tls.key is not that of its tls.crt/,
    ],
    "its key is another's": [
      ...(["broken"] as const),
      () => ["200", json(data(pair.certificate, other.key))],
      /tls.key is not that of its tls.crt/,
    ],
    "it is for another host name": [
      ...(["broken"] as const),
      () => ["200", json(data(admin.certificate, admin.key))],
      /certificate is not for shop.example/,
    ],
    "it has ended": [
      ...(["broken"] as const),
      () => ["200", json(data(ended.certificate, ended.key))],
      /certificate has ended/,
    ],
    "it is not valid yet": [
      ...(["broken"] as const),
      () => ["200", json(data(early.certificate, early.key))],
      /certificate is not valid yet/,
    ],
  };
  for (const [what, [word, answer, expected]] of Object.entries(wrong))
    it(`keeps the one before and fails when ${what}`, () => {
      edge.answer(...answer());
      const { code, said } = edge.run();
      assert.equal(code, 1);
      assert.match(said, expected);
      assert.match(
        said,
        /^shop\/tls: .*; what was served for shop\.example before is served still\n$/,
      );
      assert.doesNotMatch(said, /hunter2|PRIVATE KEY/);
      assert.equal(edge.served, "placeholder");
      assert.equal(edge.reloads, 0);
      assert.deepEqual(edge.note, [word, undefined]);
    });

  it("keeps the one before, and knows when that ends, when HAProxy refuses the new one", () => {
    edge.answer("200", json(data(pair.certificate, pair.key)));
    edge.run();
    const before = edge.served;
    edge.answer("200", json(data(other.certificate, other.key)));
    writeFileSync(join(edge.root, "refuses"), "");
    const { code, said } = edge.run();
    assert.equal(code, 1);
    assert.match(said, /HAProxy refuses the new configuration/);
    assert.equal(edge.served, before);
    assert.deepEqual(edge.note, ["rejected", 365]);
  });
});
