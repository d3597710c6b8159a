import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { itAll } from "../../support/suites";
import { grounded, readBases, readSource, type SourceArgs } from "../../../src/build/sources";
import { checkout } from "../../../components/shared/system/checkout";

const roots = { code: "examples", config: "examples/config" };
const label: SourceArgs = { project: "Packet_Label", kind: "front" };
const api: SourceArgs = { project: "SJZY.Package.Api", kind: "back" };

describe("sources", () => {
  let copy: string;
  beforeEach(() => {
    copy = mkdtempSync(join(tmpdir(), "slipway-"));
    cpSync(join(checkout, "examples"), join(copy, "examples"), { recursive: true });
  });
  afterEach(() => {
    rmSync(copy, { recursive: true });
  });

  const sourceOf = (args: SourceArgs) => {
    const { source } = readSource(copy, roots, args);
    assert.ok(source !== undefined);
    return source;
  };

  it("hold a project's code, and of the config repository its own files only", () => {
    const { context, config = "" } = sourceOf(api);
    assert.equal(context, "examples/SJZY.Package.Api");
    assert.deepEqual(readdirSync(join(copy, config)), ["appsettings.json.SJZY.Package.Api"]);
  });

  const changes: [what: string, change: (root: string) => void, changed: string[]][] = [
    [
      "a line of its code",
      (root) => {
        writeFileSync(join(root, "Packet_Label/app.js"), "x");
      },
      ["Packet_Label"],
    ],
    [
      "a new file",
      (root) => {
        writeFileSync(join(root, "Packet_Label/new.js"), "");
      },
      ["Packet_Label"],
    ],
    [
      "an execute bit",
      (root) => {
        chmodSync(join(root, "Packet_Label/app.js"), 0o755);
      },
      ["Packet_Label"],
    ],
    [
      "a link",
      (root) => {
        symlinkSync("gone.js", join(root, "Packet_Label/link.js"));
      },
      ["Packet_Label"],
    ],
    [
      "a umask",
      (root) => {
        chmodSync(join(root, "Packet_Label/app.js"), 0o600);
      },
      [],
    ],
    [
      "its configuration",
      (root) => {
        writeFileSync(join(root, "config/front/Packet_Label.proxy.conf"), "x\n");
      },
      ["Packet_Label"],
    ],
    [
      "another's configuration",
      (root) => {
        writeFileSync(join(root, "config/back/appsettings.json.SJZY.Package.Api"), "{}");
      },
      ["SJZY.Package.Api"],
    ],
    [
      "a time only",
      (root) => {
        utimesSync(join(root, "Packet_Label/app.js"), 1, 1);
      },
      [],
    ],
    [
      "a README",
      (root) => {
        writeFileSync(join(root, "config/README.md"), "x");
      },
      [],
    ],
  ];
  for (const [what, change, changed] of changes) {
    it(`change by ${what}: ${changed.join() || "nobody's"}`, () => {
      const before = [label, api].map((args) => sourceOf(args).hash);
      change(join(copy, "examples"));
      const after = [label, api].map((args) => sourceOf(args).hash);
      const names = [label, api]
        .map(({ project }) => project)
        .filter((_, index) => before[index] !== after[index]);
      assert.deepEqual(names, changed);
    });
  }

  it("are given the modes that git gives everybody, whatever the umask of their clone was", () => {
    const code = join(copy, "examples/Packet_Label");
    mkdirSync(join(code, "bin"), { mode: 0o700 });
    writeFileSync(join(code, "bin/run"), "run", { mode: 0o700 });
    chmodSync(join(code, "app.js"), 0o660);
    symlinkSync("gone.js", join(code, "link.js"));
    chmodSync(join(copy, "examples/config/front/packet"), 0o700);
    const source = sourceOf(label);
    const base = readBases(copy, roots, [source]).bases["front/packet"];
    const modeOf = (context: string | undefined, file: string): string =>
      (lstatSync(join(copy, context ?? "", file)).mode & 0o7777).toString(8);
    assert.deepEqual(
      ["", "bin", "bin/run", "app.js"].map((file) => modeOf(source.context, file)),
      ["755", "755", "755", "644"],
    );
    assert.equal(readlinkSync(join(copy, source.context, "link.js")), "gone.js");
    assert.equal(readFileSync(join(copy, source.context, "bin/run"), "utf8"), "run");
    assert.equal(modeOf(base?.context, ""), "755");
    assert.equal(modeOf("examples/Packet_Label", "app.js"), "660", "the work tree is not touched");
  });

  it("go without pipes and sockets that some program has left there", () => {
    for (const args of [label, api]) {
      const before = readSource(copy, roots, args).source;
      execFileSync("mkfifo", [join(copy, "examples", args.project, "pipe")]);
      const { source, problems } = readSource(copy, roots, args);
      assert.deepEqual(problems, []);
      assert.equal(source?.hash, before?.hash);
      assert.ok(!readdirSync(join(copy, source?.context ?? "")).includes("pipe"));
    }
  });

  it("end where links lead away: what lies there is neither read nor changed", () => {
    const code = join(copy, "examples/Packet_Label");
    const outside = join(copy, "outside");
    mkdirSync(outside);
    writeFileSync(join(outside, "key"), "k", { mode: 0o600 });
    symlinkSync(outside, join(code, "logs"));
    for (const name of ["self", "same"]) symlinkSync(".", join(code, name));
    chmodSync(join(code, "app.js"), 0o600);
    const { context, hash } = sourceOf(label);
    assert.equal(lstatSync(join(outside, "key")).mode & 0o777, 0o600);
    assert.equal(readlinkSync(join(copy, context, "logs")), outside);
    writeFileSync(join(outside, "key"), "another");
    assert.equal(sourceOf(label).hash, hash);
  });

  it("are refused by the name of a file that nobody can read, without a stack trace", () => {
    const code = join(copy, "examples/Packet_Label");
    const name = Buffer.concat([
      Buffer.from(`${code}/caf`),
      Buffer.from([0xe9]),
      Buffer.from(".txt"),
    ]);
    writeFileSync(name, "x");
    mkdirSync(Buffer.concat([Buffer.from(`${code}/`), Buffer.from([0xb5])]));
    const { source, problems } = readSource(copy, roots, label);
    assert.equal(source, undefined);
    assert.deepEqual(
      problems.map(({ given }) => given),
      ["examples/Packet_Label/caf\uFFFD.txt", "examples/Packet_Label/\uFFFD"],
    );
    assert.ok(readSource(copy, roots, api).source, "another project goes on");
  });

  itAll("may be larger than what fits into one buffer", function (this: Mocha.Context) {
    this.timeout(120_000);
    const large = join(copy, "examples/Packet_Label/film.bin");
    writeFileSync(large, "");
    truncateSync(large, 2 ** 31 + 1);
    assert.match(sourceOf(label).hash, /^[0-9a-f]{64}$/);
  });

  it("differ by what they depend on, at any depth, and by nothing else", () => {
    const of = (name: string, from: string) => ({
      context: name,
      dockerfile: `FROM ${from}\n`,
      hash: name,
    });
    const source = of("shop", "front/packet");
    const templates = { "template/nginx": "nginx@sha256:1", "template/node": "node@sha256:1" };
    const bases = {
      "front/packet": of("packet", "front/ground"),
      "front/ground": of("ground", "template/nginx"),
    };
    const { hash } = grounded(source, bases, templates);
    const hashWith = (more: typeof bases, named = templates): string =>
      grounded(source, more, named).hash;
    const deep = { ...bases, "front/ground": { ...bases["front/ground"], hash: "other" } };
    const other = { ...bases, "front/other": of("other", "scratch") };
    assert.notEqual(hashWith(deep), hash);
    assert.notEqual(hashWith(bases, { ...templates, "template/nginx": "nginx@sha256:2" }), hash);
    assert.equal(hashWith(other, { ...templates, "template/node": "node@sha256:2" }), hash);
    assert.deepEqual(grounded(of("mail", "scratch"), bases, templates), of("mail", "scratch"));
  });

  it("are refused where Git LFS has left a pointer in place of a file", () => {
    const oid = `oid sha256:${"a".repeat(64)}\nsize 7\n`;
    const pointer = `version https://git-lfs.github.com/spec/v1\n${oid}`;
    for (const name of ["logo.bin", "film.bin"])
      writeFileSync(join(copy, "examples/Packet_Label", name), pointer);
    const { source, problems } = readSource(copy, roots, label);
    assert.equal(source, undefined);
    assert.match(
      String(problems[0]?.given),
      /Packet_Label\/film\.bin and 1 more: a pointer of Git/,
    );
  });

  it("have their configuration byte by byte, or an empty file where it is mounted", () => {
    const bytes = Buffer.concat([
      Buffer.from([0xb2, 0xd6, 0xbf, 0xe2]),
      Buffer.from("\r\nEOF\r\n"),
      Buffer.alloc(70_000, "x"),
    ]);
    const name = "appsettings.json.SJZY.Package.Api";
    writeFileSync(join(copy, "examples/config/back", name), bytes);
    const baked = sourceOf(api);
    assert.deepEqual(readFileSync(join(copy, baked.config ?? "", name)), bytes);
    const mounted = sourceOf({ ...api, mode: "mount" });
    assert.equal(readFileSync(join(copy, mounted.config ?? "", name)).length, 0);
    assert.notEqual(mounted.hash, baked.hash);
  });

  it("can have other names, when the project says so", () => {
    writeFileSync(join(copy, "examples/config/front/other.conf"), "other\n");
    const { config = "" } = sourceOf({ ...label, config: "front/other.conf" });
    assert.equal(readFileSync(join(copy, config, "Packet_Label.proxy.conf"), "utf8"), "other\n");
  });

  it("name the base images to be built first, and their dependencies", () => {
    mkdirSync(join(copy, "examples/config/front/ground"));
    writeFileSync(join(copy, "examples/config/front/ground/dockerfile"), "FROM template/nginx\n");
    writeFileSync(join(copy, "examples/config/front/packet/dockerfile"), "FROM front/ground\n");
    const { bases } = readBases(copy, roots, [sourceOf(label), sourceOf(api)]);
    assert.deepEqual(Object.keys(bases).sort(), ["front/ground", "front/packet"]);
  });
});
