import * as assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { registryConfig } from "../../../sandbox/hosts/images";
import { olderVersion, restamp } from "../../../sandbox/hosts/restamp";
import { removeLabs } from "../../../sandbox/hosts/leftovers";
import { labPlace } from "../../../sandbox/hosts/place";
import { readRecord, writeRecord } from "../../../sandbox/hosts/record";
import { cached, hostBinaries } from "../../../sandbox/hosts/rootfs";
import { sshOptions } from "../../../sandbox/hosts/ssh";
import { unitFiles } from "../../../sandbox/hosts/units";
import { layout } from "../../../sandbox/layout";
import { silent } from "../../../sandbox/progress";

describe("what labs of hosts keep", () => {
  let work: string;
  const entry = (...key: string[]) => ({ cache: work, name: "root", key, progress: silent });
  const kept = () => readdirSync(join(work, "hosts")).filter((each) => !each.endsWith(".lock"));

  beforeEach(() => {
    work = mkdtempSync(join(tmpdir(), "slipway-hosts-"));
  });

  afterEach(() => {
    rmSync(work, { recursive: true });
  });

  describe("of an older Kubernetes", () => {
    it("is a version of the same length", () => {
      assert.deepEqual(["v1.36.3", "v1.36.0", "v1.36.12", "v1.36.10"].map(olderVersion), [
        "v1.36.2",
        "v1.35.0",
        "v1.36.11",
        "v1.35.10",
      ]);
      assert.throws(() => olderVersion("v1.36.0-rc.1"), /no older version/);
    });

    it("is the programs with nothing but the version changed", async () => {
      const bytes = Buffer.from([0, 255, 128]).toString("latin1");
      const program = join(work, "kubeadm");
      await writeFile(program, `#!/bin/sh\necho v1.36.3\nexit\n${bytes}`, {
        encoding: "latin1",
        mode: 0o755,
      });
      const { binary } = await restamp(work, { binary: () => program }, silent);
      assert.equal(
        await readFile(binary("kubelet"), "latin1"),
        `#!/bin/sh\necho v1.36.2\nexit\n${bytes}`,
      );
      assert.equal(binary("etcd"), program);
    });
  });

  describe("in the cache", () => {
    let filled: number;
    const fill = async (folder: string): Promise<void> => {
      filled += 1;
      await writeFile(join(folder, "half"), "");
      await delay(20);
      await writeFile(join(folder, "whole"), "");
    };

    beforeEach(() => {
      filled = 0;
    });

    it("is made once for a key, also for two concurrent runs", async () => {
      const [one, two] = await Promise.all([
        cached(entry("a", "b"), fill),
        cached(entry("a", "b"), fill),
      ]);
      assert.equal(one, two);
      assert.equal(filled, 1);
      assert.match(basename(one), /^root-[0-9a-f]{12}$/);
      assert.ok(existsSync(join(one, "whole")));
    });

    it("is another for another key", async () => {
      const one = await cached(entry("a", "b"), fill);
      assert.notEqual(await cached(entry("a", "c"), fill), one);
      assert.equal(filled, 2);
    });

    it("does not exist when its making failed, and is made by the next run", async () => {
      const broken = async (folder: string): Promise<void> => {
        await writeFile(join(folder, "half"), "");
        throw new Error("no space left on device");
      };
      await assert.rejects(cached(entry("a"), broken), /no space left/);
      assert.deepEqual(kept(), []);
      assert.ok(existsSync(join(await cached(entry("a"), fill), "whole")));
      assert.equal(kept().length, 1);
    });
  });

  describe("in the state directory", () => {
    const place = () => layout({ XDG_STATE_HOME: work, XDG_CACHE_HOME: work });

    it("gives another process all data of a lab", async () => {
      const lab = labPlace(place(), "one");
      mkdirSync(lab.folder, { recursive: true });
      assert.equal(await readRecord(lab), undefined);
      const record = {
        world: { pid: 1, start: "x" },
        network: 7,
        newest: "/cache/tools",
        hosts: [{ name: "t01", hostKey: "ssh-ed25519 AAAA", layers: ["/a"], diskGiB: 20 }],
      };
      await writeRecord(lab, record);
      assert.deepEqual(await readRecord(lab), record);
      assert.deepEqual(readdirSync(lab.folder), ["lab.json"]);
    });

    it("is no harm where there is nothing to remove", async () => {
      await removeLabs(place(), () => {
        assert.fail("there is no lab");
      });
    });
  });

  it("lets ssh use the lab's keys only", () => {
    const options = sshOptions({ keyFile: "/lab/key", knownHosts: "/lab/known" });
    const text = options.join(" ");
    assert.match(text, /^-F \/dev\/null -i \/lab\/key /);
    assert.match(text, /StrictHostKeyChecking=yes/);
    assert.match(text, /-o UserKnownHostsFile=\/lab\/known\b/);
    assert.match(text, /GlobalKnownHostsFile=\/dev\/null/);
  });

  it("has the registry listen on the bridge only", () => {
    const config = JSON.parse(registryConfig("/lab/registry", "10.200.7.254:5000")) as {
      http: { addr: string };
      storage: { filesystem: { rootdirectory: string } };
    };
    assert.equal(config.http.addr, "10.200.7.254:5000");
    assert.equal(config.storage.filesystem.rootdirectory, "/lab/registry");
  });

  it("brings each unit for a program that the hosts have, in the place where they have it", () => {
    const programs = Object.values(unitFiles).flatMap((text) =>
      [...text.matchAll(/^ExecStart=(\S+)/gm)].map(([, program]) => program),
    );
    assert.ok(programs.length >= 3);
    for (const program of programs) {
      const installed = hostBinaries.map((name) => `/usr/local/bin/${name}`);
      assert.ok(installed.includes(program ?? ""), program);
    }
  });
});
